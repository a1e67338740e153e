"""Source `pbs`: python-build-standalone, by URL and SHA-256.

source      downloads and unpacks a release archive, or takes one that is already on disk
fetch       the download, which continues where an earlier one stopped
"""
