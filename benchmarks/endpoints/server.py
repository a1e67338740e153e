"""`python -m benchmarks.endpoints.server ASSEMBLY`: the local cloud, until stdin ends.

It prints its endpoints as one line of JSON. It has no limits, which would be measured otherwise.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from streambda.local import LocalCloud
from streambda.local.endpoints.options import EndpointOptions
from streambda.local.limits.limits import Limits

# More than the benchmark has streams at the same time.
ENVIRONMENTS = 256


async def main(assembly: Path) -> None:
    options = EndpointOptions(limits=Limits.none())
    async with LocalCloud(assembly, options=options, concurrency=ENVIRONMENTS) as cloud:
        endpoints = [
            {"kind": endpoint.kind, "name": endpoint.name, "url": endpoint.url}
            for endpoint in cloud.endpoints
        ]
        sys.stdout.write(json.dumps(endpoints) + "\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
