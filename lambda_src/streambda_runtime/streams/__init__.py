"""What a handler puts into its stream; each file is imported when its name is first used.

`sse` and `ndjson` make frames. `heartbeat` and `deadline` wrap a source of chunks; `timed` is what
they share, with the source in a thread (`threaded_source`) or in a task (`task_source`),
which have the invocation's context variables (`shared_variables`).
`error_frame` is the last frame of a stream that broke, which its client sees.

It knows formats and time, and nothing of sockets or of the Runtime API.
"""
