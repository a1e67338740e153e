"""The benchmark of the Python layer: its start, its size, its build."""
