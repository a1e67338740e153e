"""The console: every invocation recorded as it goes, and a page that draws it.

An endpoint's stream -> `recorded_stream` -> `recording` (events) -> `recorder` -> `feed` -> `api` ->
`page/` in a browser. What the browser sends goes out through `send`, to a real endpoint.
"""
