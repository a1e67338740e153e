"""From a folder of handlers to the zip that Lambda gets: what will lie in /var/task.

Comes in: the folder and a `PackageTarget`. Goes out: a `lambda_.Code`. This room knows files,
packages and uv. It does not know the function, its options or its callers.

* `handler`: checks that the handler is there
* `options`: what a user may choose
* `files`: the files of a folder, and those of streambda's runtime
* `secrets`: refuses passwords and keys
* `requirements`: the packages that a folder asks for, and in which file
* `requirement_lines`, `project_file`, `uv_lock`: read such files
* `local_projects`: packages whose code is on this machine
* `other_tools`: files that are refused, with the command to run
* `uv`, `uv_settings`: runs uv, which installs packages; its settings that count
* `installed_tree`: checks what was installed
* `dependencies`: installs what a folder asks for, once per machine
* `merge`: puts the runtime, the folder and its packages together; refuses conflicts
* `assets`: makes the asset and its hash
* `sizes`: checks that code and layers are not too large
"""
