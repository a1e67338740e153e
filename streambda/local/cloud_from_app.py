"""`local_cloud`: a cloud for an assembly, or for an app that is synthesised first."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from streambda.local.cloud import LocalCloud
from streambda.local.model.errors import SynthesisError
from streambda.local.values.credentials import region_or_default


@asynccontextmanager
async def local_cloud(
    *,
    assembly: str | Path | None = None,
    app: str | None = None,
    folder: str | Path | None = None,
    context: Mapping[str, Any] | None = None,
    **options: Any,
) -> AsyncIterator[LocalCloud]:
    """A `LocalCloud` for an assembly, or for an app that is synthesised first.

    Args:
        assembly: The folder that `cdk synth` wrote.
        app: A command such as "python app.py"; by default that of cdk.json.
        folder: The app's folder; by default the current one.
        context: As with `cdk -c`; wins over that of cdk.json.
        options: Those of `LocalCloud`. Without a port every endpoint gets a free one.

    Raises:
        SynthesisError: the app fails, or both an assembly and an app are given.
        AssemblyError: the assembly cannot be read.
    """
    if assembly is not None:
        if app or folder or context:
            raise SynthesisError("assembly is given together with an app, expected one of them")
        async with LocalCloud(Path(assembly), **options) as cloud:
            yield cloud
        return
    # What is synthesised already does not pay for the imports of synthesis.
    from streambda.local.synthesis.app import App

    region = region_or_default(options.get("profile"))
    cdk_app = App.find(app, Path(folder) if folder else None, context, region)
    with tempfile.TemporaryDirectory(prefix="streambda-app-") as temporary:
        out = Path(temporary) / "cdk.out"
        await cdk_app.synthesise(out)
        async with LocalCloud(out, **({"sources": cdk_app.folder} | options)) as cloud:
            yield cloud
