"""The console: records every invocation as it happens, and shows the timelines on a page.

Comes in: what an invocation's stream tells its observer (`invocation.stream.StreamObserver`), and
requests of the page. Goes out: JSON and server-sent events, and requests to the cloud's own
endpoints. This package does not know how an endpoint or an execution environment works, and reads
no log text: a cold start comes as a platform report.

    stream -> recording (timeline_events, invocation_summary) -> recorder -> sse_queue
           -> api (origin_check) -> page/ in a browser
    page/ -> api -> http_client -> an endpoint

timeline_events      one value for each thing that happened to an invocation: a chunk, a cold start
recording            the events of one invocation, up to limits
invocation_summary   the numbers of one invocation that a list shows
recorder             the recordings of the last invocations, and the browsers that follow them
sse_queue            the server-sent events that wait for one browser
api                  the HTTP application: the page and its API
origin_check         refuses requests of other web pages
original_request     the HTTP request that an event was made from
replayed_recording   the recording of an invocation that a file has the record of
repeat_commands      curl and boto3 commands that start an invocation again
http_client          sends the page's request to an endpoint
page/                the page: HTML, CSS and JavaScript modules, no build step; begins in app.js
"""
