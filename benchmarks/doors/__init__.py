"""The benchmark of the local cloud: what its doors add to the runtime, and how much they carry."""
