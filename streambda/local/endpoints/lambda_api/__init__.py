"""Lambda's own API: Invoke and InvokeWithResponseStream, as the SDKs call them.

lambda_api.py       the paths of the API, and its errors
errors.py           how it answers with an error
invoke_request.py   what a caller asks for, and what is refused
invoke_response.py  the response: events, buffered, or accepted without waiting
failed_events.py    what AWS would do with an event that has failed
eventstream.py      the bytes of an event
"""
