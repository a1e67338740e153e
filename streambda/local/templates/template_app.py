"""A template in place of a CDK app, for the reload: there is nothing to synthesise, only to read.

Functions run copies of their code. So what is edited counts from the reload on, as on AWS it does
from the deployment on.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from streambda.local.assembly.manifest import Stack
from streambda.local.model.findings import Finding
from streambda.local.model.given_values import GivenValues
from streambda.local.synthesis.settings import Settings
from streambda.local.templates.find_template import TemplateFile, is_worth_a_copy

EVERYTHING = ("**",)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateApp:
    """Args:
    template: Its file.
    folder: What is watched: the template's folder, or one around it and its code.
    include: The globs in it that are sources.
    """

    template: TemplateFile
    folder: Path
    include: tuple[str, ...] = EVERYTHING

    @classmethod
    def find(cls, template: TemplateFile) -> "TemplateApp":
        """Reads it for the folders of its code. Raises `AssemblyError`."""
        # Only here: an assembly is served without a parser of YAML.
        from streambda.local.templates.read_template import read_template

        stack = read_template(template.path, GivenValues())
        own = template.path.absolute().parent
        code = [path.absolute() for path in _list_assets(stack) if path.exists()]
        outside = [Path(os.path.normpath(path)) for path in code]
        # What is not copied is not watched either: "/" would take a minute, and then fail.
        outside = [one for one in outside if not one.is_relative_to(own) and is_worth_a_copy(one)]
        if not outside:
            return cls(template=template, folder=own)
        folder = Path(os.path.commonpath([own, *outside]))
        include = tuple(one.relative_to(folder).as_posix() for one in (own, *outside))
        return cls(template=template, folder=folder, include=include)

    @property
    def command(self) -> str:
        return f"reading {self.template.path}"

    @property
    def settings(self) -> Settings:
        return Settings(app=None, context={}, include=self.include, exclude=())

    async def synthesise(self, out: Path) -> float:
        """Has `out` stand for the template."""
        began = time.monotonic()
        template = replace(self.template, copies=out / "code")
        await asyncio.to_thread(template.write_pointer, out)
        return time.monotonic() - began

    def list_findings(self, _: Path) -> tuple[Finding, ...]:
        return ()


def _list_assets(stack: Stack) -> Iterator[Path]:
    yield from stack.assets.values()
    for inner in stack.nested.values():
        yield from _list_assets(inner)
