"""The benchmark of web apps: Starlette and FastAPI under the runtime, and behind what others use.

The same app, asked for the same: by the runtime, by the Lambda Web Adapter with uvicorn behind it,
and by uvicorn alone, which is asked straight. What measures is the harness of `benchmarks.runtime`.

- `__main__.py`   the command line
- `subjects.py`   who serves the apps, and how it is started
- `measures.py`   what each of them is asked to do, and the figures
- `targets.py`    what streambda must reach
- `report.py`     the results as Markdown
- `plot.py`       the ratios as a picture
"""
