"""The benchmark of the local cloud: the time that its endpoints add, and how much they can send.

- `__main__.py`        the command line, and the targets
- `assembly.py`        synthesises the functions of `functions/`
- `server_process.py`  starts the local cloud (`server.py`) in a process of its own
- `client.py`          a client that adds as little time as possible
- `bare_runtime.py`    the time to the first byte without an endpoint, which is subtracted
- `measures.py`        the measures: one function each
- `template_start.py`  what a start from a template takes beyond SAM's translation
- `plot.py`            draws when chunks arrived
- `compare.py`         this working tree beside others, in one run: what a change costs

Only `bare_runtime.py` knows the inside of the local cloud: it starts a function's process as the
local cloud does.
"""
