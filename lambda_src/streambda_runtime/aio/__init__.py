"""The async half of the path, imported only when a handler turns out to be async.

`event_loop` runs coroutines, `source` reads chunks from an async iterable, `response_stream`
writes them without blocking the loop.

It knows the connection and the encoding of chunks, and neither handlers nor events.
"""
