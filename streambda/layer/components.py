"""Which package a file of the layer is from, where that is known only after bundling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from streambda.layer.pack.sbom import Component


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    component: Component
    licences: tuple[Path, ...]  # texts that go where the component's `licence` says


def bundled_components(tree: Path, owners: Mapping[str, Owner]) -> tuple[Component, ...]:
    """The packages of the interpreter and of each library in `tree`, their licences kept there."""
    found = dict.fromkeys(owners[name] for name in _names(tree) if name in owners)
    for owner in found:
        _keep_licence(tree, owner)
    return tuple(owner.component for owner in found)


def _names(tree: Path) -> Iterator[str]:
    for path in sorted([*tree.glob("bin/*"), *tree.glob("lib/*.so*")]):
        yield path.name


def _keep_licence(tree: Path, owner: Owner) -> None:
    if owner.component.licence is None:
        return
    target = tree / owner.component.licence
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"\n".join(path.read_bytes() for path in owner.licences))
