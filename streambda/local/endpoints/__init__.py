"""The endpoints of the local cloud: HTTP in, an invocation, HTTP out as it is made."""
