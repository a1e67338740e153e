"""The Lambda Runtime API, server side."""
