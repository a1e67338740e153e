"""A reload of functions that have no process: what ran before runs on for them too."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import AssemblyError, EndpointKind, LocalCloud
from streambda.local.environments import trial
from tests.support.endpoint_clouds import url_of
from tests.support.local_assembly import function, url, write_assembly, write_bootstrap
from tests.support.odd_archives import ODD_ARCHIVES
from tests.support.wait_until import wait_until


def resources(version: str, key: str = "code.zip", **properties: Any) -> dict[str, Any]:
    variables = {"Environment": {"Variables": {"VERSION": version}}}
    code = {"Code": {"S3Key": key}}
    return {
        "Words": function(**{"FunctionName": "Words", **variables, **code, **properties}),
        "WordsUrl": url("Words"),
        "Other": function(FunctionName="Other", Environment={"Variables": {"VERSION": version}}),
    }


class Assemblies:
    """One after another, in folders of their own; none is changed by the next."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def write(self, resources: dict[str, Any], **assets: Path) -> Path:
        self._count += 1
        named = {f"{name}.zip": path for name, path in assets.items()}
        return write_assembly(self._folder / str(self._count), resources, assets=named)


async def version(http: httpx.AsyncClient, cloud: LocalCloud) -> Any:
    at = url_of(cloud, EndpointKind.FUNCTION_URL)
    return (await http.get(f"{at}environment")).json()["VERSION"]


def no_bootstrap(folder: Path) -> Path:
    folder.mkdir()
    return folder


def no_permission(folder: Path) -> Path:
    write_bootstrap(folder)
    (folder / "bootstrap").chmod(0o644)
    return folder


# What is new about a function, beside its version: a handler, or an asset.
BROKEN: dict[str, tuple[dict[str, Any], Any]] = {
    "it exits": ({"Handler": "exits"}, write_bootstrap),
    "it fails": ({"Handler": "init_error"}, write_bootstrap),
    "no program": ({}, no_bootstrap),
    "no permission": ({}, no_permission),
    "an odd archive": ({}, ODD_ARCHIVES["encrypted"][0]),
    "no asset": ({"Code": {"S3Key": "none.zip"}}, write_bootstrap),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_new_code_that_never_starts_takes_nothing_away(
    name: str, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    properties, make = BROKEN[name]
    assemblies = Assemblies(tmp_path)
    new = make(tmp_path / "new")
    async with LocalCloud(assemblies.write(resources("1"))) as cloud:
        changes = await cloud.update(
            assemblies.write(resources("2", "new.zip", **properties), new=new)
        )

        assert list(changes.functions.broken) == ["Words"]
        assert "\n" not in changes.functions.broken["Words"]
        assert await version(http, cloud) == "1"
        fixed = await cloud.update(assemblies.write(resources("3")))
        assert not fixed.functions.broken
        assert await version(http, cloud) == "3"


async def test_what_never_started_holds_nothing_up(tmp_path: Path, http: httpx.AsyncClient) -> None:
    """Else one function that cannot run here would keep every edit from all others."""
    assemblies = Assemblies(tmp_path)
    broken = resources("1")
    broken["Other"]["Properties"]["Handler"] = "exits"
    async with LocalCloud(assemblies.write(broken)) as cloud:
        still = resources("2")
        still["Other"]["Properties"]["Handler"] = "exits"
        changes = await cloud.update(assemblies.write(still))

        assert not changes.functions.broken
        assert await version(http, cloud) == "2"


async def test_of_many_functions_only_the_files_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "MOST_TRIALS", 1)
    lines: list[str] = []
    assemblies = Assemblies(tmp_path)
    cloud = LocalCloud(assemblies.write(resources("1")), log=lambda _, line: lines.append(line))
    async with cloud:
        fine = await cloud.update(assemblies.write(resources("2", Handler="exits")))
        broken = resources("3", "none.zip")
        changes = await cloud.update(assemblies.write(broken))

    assert not fine.functions.broken
    assert list(changes.functions.broken) == ["Words"]
    assert [line for line in lines if line.startswith("cold start")] == []


async def test_a_trial_leaves_no_process(tmp_path: Path) -> None:
    lines: list[str] = []
    assemblies = Assemblies(tmp_path)
    cloud = LocalCloud(assemblies.write(resources("1")), log=lambda _, line: lines.append(line))
    async with cloud:
        await cloud.update(assemblies.write(resources("2")))
        assert [pool.alive for pool in cloud._running.pools._pools.values()] == [0, 0]  # type: ignore[union-attr]

    assert len([line for line in lines if line.startswith("cold start")]) == 2


@pytest.mark.parametrize("cancelled", [True, False])
async def test_leaving_during_a_trial_ends_it(cancelled: bool, tmp_path: Path) -> None:
    assemblies = Assemblies(tmp_path)
    async with asyncio.timeout(60):
        async with LocalCloud(assemblies.write(resources("1"))) as cloud:
            # It never comes up: the trial would take as long as an init phase may.
            sleeping = write_bootstrap(tmp_path / "sleeping")
            began = tmp_path / "began"
            (sleeping / "bootstrap").write_text(f"#!/bin/sh\n: >'{began}'\nexec sleep 1000\n")
            update = asyncio.ensure_future(
                cloud.update(assemblies.write(resources("2", "new.zip"), new=sleeping))
            )
            await wait_until(began.exists)
            if cancelled:
                update.cancel()
        await asyncio.wait([update])
    shutil.rmtree(tmp_path)


async def test_an_assembly_that_cannot_be_read_changes_nothing(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    assemblies = Assemblies(tmp_path)
    async with LocalCloud(assemblies.write(resources("1"))) as cloud:
        circle = resources("2", FunctionName={"Ref": "Words"})
        with pytest.raises(AssemblyError, match="Circular dependency"):
            await cloud.update(assemblies.write(circle))
        assert await version(http, cloud) == "1"
