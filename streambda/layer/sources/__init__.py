"""Where a Python comes from."""
