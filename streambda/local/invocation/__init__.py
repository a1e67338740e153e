"""One invocation: what is asked of a function, its states, its response on the way, its failures.

In: an endpoint's `InvocationRequest`, and the response that the Runtime API receives. Out: what an
endpoint reads, chunk by chunk, and the end of it. This package knows nothing of HTTP, of processes,
of limits and of faults: what distorts a response, or observes it, is handed in as a Protocol.

    service.py    `LambdaService`: what endpoints know of Lambda
    stream.py     `InvocationStream`: the bytes between the Runtime API and an endpoint
    lifecycle.py  the states of an invocation and every legal step between them
    failures.py   `ErrorType`: every failure that Lambda itself reports, and its words
    observer_group.py  several observers of one invocation, as one
    log_groups.py  the newest lines of every function
    log_lines.py  a line of a function's log; the last 4 KB for LogType Tail
"""
