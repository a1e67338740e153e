"""The benchmark of the Python layer: how it starts, how large it is, how long it takes to build."""
