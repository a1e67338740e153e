"""Fault injection, for tests of programs that read a stream.

In: `--fault` options or `Faults`, and what passes between a function and its client. Out: the same,
throttled, in other pieces, slower, truncated. This package knows nothing of AWS and of endpoints'
own rules; `endpoints/context.py` and `endpoints/specs.py` put the effects in their places.

    faults.py           `Faults`: every fault, how its option is read, and where its effect is
    effects.py          effects on a request or on the bytes of a response
    faulty_endpoint.py  effects on the client's connection
"""
