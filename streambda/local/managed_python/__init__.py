"""Lambda's own Python runtime, as it behaves: for managed functions that do not stream.

It runs in the function's process and is started by path (see __main__.py); the rest of the local
cloud does not import it. What handlers, callers and logs see follows awslambdaric 4.2.2. Only the
standard library is used, and other modules here by relative imports.

- loop.py: the loop; runtime_api.py: its requests; handlers.py, search_path.py: finding the handler
- context.py: the handler's second argument; marshalling.py: events and results
- logs.py, log_formats.py: what Lambda does with `logging`; errors.py: reports of errors
- snapstart.py: SnapStart's hooks
"""
