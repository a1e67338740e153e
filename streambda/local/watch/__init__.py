"""Reload: watches an app's sources, and brings the local cloud up to date after an edit.

In: changes of files. Out: a synthesis, then an update of a running cloud. This package knows the
cloud only as a Protocol. An edit of a file that is copied into code as it is runs before the
synthesis.

- reload.py: edit, synthesis, update
- watcher.py: what was edited; sources.py: which files are sources, by the globs of cdk.json
- source_copies.py: which sources are copied into code as they are
- source_finder.py: from which source a file of code was copied
"""
