"""What Lambda offers beside the Runtime API; each file is imported only where Lambda asks for it.

`managed_runtime`: a start in a managed python3.x. `snapstart`: hooks around a snapshot. `workers`:
the processes of Lambda Managed Instances, and `pollers` the one that serves an async handler.
`telemetry`: framed log lines. `log_handler`: records of
`logging`. `metrics`: a line of metrics for each invocation. `cors`: headers for pages of other
origins.
"""
