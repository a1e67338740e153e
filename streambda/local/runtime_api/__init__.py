"""The Lambda Runtime API, server side: what a function's process talks to.

In: the bytes of a process's connections. Out: its response, written to the stream of the invocation
that it has, and an event when it is ready, fails or exits. This package knows nothing of processes,
endpoints or how many environments there are.

- runtime_api.py: the calls (/next, /response, /error), trailers and what is refused
- responses.py: a response on its way to its stream, and its trailers
- extensions.py: the calls of extensions, threads or programs; errors.py: what is refused
- telemetry.py, telemetry_delivery.py: events for extensions that subscribe to them
- session.py: the invocation that the process has, and what the process does
- page_check.py: which requests are those of web pages
- connection.py: one HTTP/1.1 connection; requests.py: its parser; socket_stream.py: its bytes
"""
