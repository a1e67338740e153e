"""Execution environments: what runs a function's process, and how many of them there are."""
