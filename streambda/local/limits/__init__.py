"""What AWS allows a request and a response.

In: the limits of a cloud, changed by `--limit`, and the size and the time of what passes. Out: a
wait, a `TimeoutError` or a `ResponseTooLarge`. This package knows nothing of HTTP and of functions;
the endpoints say which limits hold where, and what a client is told.

    limits.py             `Limits`: every limit, its number and its source; `ResponseLimits`
    pacer.py              `Pacer`: the bandwidth and the size of one response
    response_timeouts.py  the idle and the total time of one response
    token_bucket.py       so much at once and so much per second: for `Pacer` and usage plans
"""
