"""The benchmark of the local cloud: what its endpoints add to the runtime, and how much they carry."""
