"""`local_cloud`: a cloud for an assembly, a template, or an app that is synthesised first."""

import difflib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from inspect import signature
from pathlib import Path
from typing import Any

from streambda.local.cloud import LocalCloud
from streambda.local.model.errors import AssemblyError, LocalCloudError, SynthesisError
from streambda.local.templates.find_template import find_template
from streambda.local.temporary_folder import temporary_folder
from streambda.local.values.credentials import region_or_default


@asynccontextmanager
async def local_cloud(
    *,
    assembly: str | Path | None = None,
    template: str | Path | None = None,
    app: str | None = None,
    folder: str | Path | None = None,
    context: Mapping[str, Any] | None = None,
    **options: Any,
) -> AsyncIterator[LocalCloud]:
    """A `LocalCloud` for an assembly, a template, or an app that is synthesised first.

    Args:
        assembly: The folder that `cdk synth` wrote.
        template: A template of SAM or CloudFormation, or the folder that it lies in.
        app: A command such as "python app.py"; by default that of cdk.json.
        folder: The app's folder; by default the current one.
        context: As with `cdk -c`; wins over that of cdk.json.
        options: Those of `LocalCloud`. Without a port every endpoint gets a free one.

    Raises:
        SynthesisError: the app fails, or more than one of them is given.
        AssemblyError: the assembly or the template cannot be read.
        LocalCloudError: there is no such argument.
    """
    _check_names(options)
    if assembly is not None and template is not None:
        raise SynthesisError("assembly and template are given, expected one of them")
    if (source := template if assembly is None else assembly) is not None:
        if app or folder or context:
            name = "template" if assembly is None else "assembly"
            raise SynthesisError(f"{name} is given together with an app, expected one of them")
        if template is not None and find_template(Path(template)) is None:
            raise AssemblyError(
                f"{template} is not a template, expected a file such as template.yaml"
            )
        async with LocalCloud(Path(source), **options) as cloud:
            yield cloud
        return
    # What is synthesised already does not pay for the imports of synthesis.
    from streambda.local.synthesis.app import App

    region = region_or_default(options.get("profile"))
    cdk_app = App.find(app, Path(folder) if folder else None, context, region)
    with temporary_folder("app-") as temporary:
        out = temporary / "cdk.out"
        await cdk_app.synthesise(out)
        async with LocalCloud(out, **({"sources": cdk_app.folder} | options)) as cloud:
            yield cloud


def _check_names(options: Mapping[str, Any]) -> None:
    """Before anything else, which would be the error for a name that is mistyped."""
    known = [*signature(LocalCloud).parameters, *signature(local_cloud).parameters]
    for name in options:
        if name not in known:
            similar = difflib.get_close_matches(name, known, 1)
            proposal = f", did you mean {similar[0]}?" if similar else ""
            raise LocalCloudError(f"there is no argument {name!r}{proposal}")
