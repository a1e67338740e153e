"""Observability of streams: metrics, dashboard, alarms and the access log.

Comes in: functions that log metrics. Goes out: CloudWatch's dashboard and alarms, and the format of
a REST API's access log. This package does not know `StreamingFunction`, only the little that
`MeasuredFunction` names; nor how the runtime measures.

* `stream_metrics`: the metrics of one function, the runtime's and AWS Lambda's
* `dashboard`: `StreamDashboard`
* `alarms`: `StreamAlarms`
* `access_log`: what a REST API logs of each stream
"""
