"""Function URLs.

function_url.py  a request, its invocation, and its streamed or buffered response
event.py         the event: payload 2.0
cors.py          preflights, and headers for other origins
"""
