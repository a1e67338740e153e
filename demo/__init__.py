"""`make local`: builds the app, serves it with the local cloud, and shows the streams.

__main__   the steps, and their order
synthesis  the Python layer, then `cdk synth`
calls      the requests: httpx to the HTTP endpoints, boto3 to Lambda's API
timeline   prints each chunk when it arrives
"""
