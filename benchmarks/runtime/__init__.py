"""The benchmark of the runtime: subjects do workloads, in turns, and targets judge the figures.

A subject is a process that asks for invocations: our runtime, a peer, or a floor. A floor does the
least that any runtime must do. The Runtime API is a C program, the stopwatch; it takes all times.

- `__main__.py`       the command line; `command_line.py`: what others like it share
- `subjects.py`       the runtimes that are measured, and how they are started
- `workloads.py`      what each of them is asked to do
- `run_workloads.py`  the order of the measurements: all subjects in each round
- `stopwatch.py`      runs one subject on one workload, and checks that every byte arrived
- `measures.py`       the figures that are computed from a session, and ratios between subjects
- `targets.py`        what streambda must reach
- `report.py`         the results as Markdown and as JSON
- `build.py`, `peers.py`, `interpreter.py`, `paths.py`  what must be there before

It knows of the runtime only its zip root and its `bootstrap`.
"""
