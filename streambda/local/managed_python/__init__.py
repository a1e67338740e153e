"""Lambda's own Python runtime, as it behaves: for managed functions that do not stream.

It runs in the function's process and is started by path (see __main__.py); the rest of the local
cloud does not import it. What handlers, callers and the log see follows awslambdaric 4.2.2.
"""
