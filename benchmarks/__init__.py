"""Benchmarks, side by side with peers. `make bench` runs all of them.

- `python -m benchmarks.runtime`    the runtime in Lambda: cold start, time to first byte, rates
- `python -m benchmarks.llm`        LLM frames: tokens a second, the first token through FastAPI
- `python -m benchmarks.layer`      the Python layer: size, build, start of its Python
- `python -m benchmarks.synth`      the CDK constructs: the time of a synthesis
- `python -m benchmarks.endpoints`  the local cloud's endpoints: added time, rates, many streams

Each prints Markdown tables (markdown_table.py) with targets; docs/performance.md explains the
figures. `native/`, `subjects/` and `peers/` are the sources of what `benchmarks.runtime` measures.
"""
