"""Starts a function under debugpy, which waits for an editor to attach.

In: which functions, on which ports. Out: a program that is started in place of a function's Python.
This package knows nothing of environments and endpoints, which switch their time limits off.

- options.py: `--debug FUNCTION[=PORT]`
- launcher.py: the program that takes the Python's place
- launch.py: what that Python runs first, in the function's process: standard library and debugpy
"""
