"""Invoke and InvokeWithResponseStream."""
