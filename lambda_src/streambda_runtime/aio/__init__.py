"""The async half of the path, imported only when a handler turns out to be async.

`event_loop` runs coroutines, `source` reads chunks from an async iterable, `response_stream`
writes them without blocking the loop, and `readable` waits for a socket. `runtime_api` is the
client for many invocations at once.

It knows the connection and the encoding of chunks, and neither handlers nor events.
"""
