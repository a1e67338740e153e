"""Synthesises the functions of the benchmark, each with a Function URL and a REST API resource."""

from __future__ import annotations

from pathlib import Path

from streambda.node import use_bundled_node

use_bundled_node()

import aws_cdk as cdk  # noqa: E402

from streambda.cdk import StreamingFunction, StreamingRestApi  # noqa: E402

NAMES = ("first", "small", "large", "paced")
_FUNCTIONS = Path(__file__).with_name("functions")


def synthesise(folder: Path) -> Path:
    """Writes the assembly to `folder`. Returns `folder`."""
    app = cdk.App(outdir=str(folder), context={"streambda:python-layer": "none"})
    stack = cdk.Stack(app, "Endpoints")
    api = StreamingRestApi(stack, "Api")
    for name in NAMES:
        function = StreamingFunction(
            stack,
            name.capitalize(),
            entry=_FUNCTIONS,
            handler=f"bench.{name}",
            timeout=cdk.Duration.minutes(2),
        )
        function.add_function_url()
        api.add_stream("GET", f"/{name}", function)
    app.synth()
    return folder
