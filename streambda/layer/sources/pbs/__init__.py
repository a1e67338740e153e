"""Source `pbs`: python-build-standalone, by URL and SHA-256."""
