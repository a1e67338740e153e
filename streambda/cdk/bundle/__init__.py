"""From a folder of handlers to the zip that Lambda gets: what will lie in /var/task.

Comes in: the folder and a `PackageTarget`. Goes out: a `lambda_.Code`. This room knows files,
packages and uv. It does not know the function, its options or its callers.

* `handler`: checks that the handler is there
* `files`: the files of a folder, and those of streambda's runtime
* `requirements`: the packages that a folder asks for
* `uv`: runs uv, which installs packages
* `dependencies`: installs what a folder asks for, once per machine
* `merge`: puts the runtime, the folder and its packages together; refuses conflicts
* `assets`: makes the asset and its hash
"""
