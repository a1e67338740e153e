"""From a folder of handlers to the zip that Lambda gets: what will lie in /var/task.

Comes in: the folder and a `PackageTarget`. Goes out: a `FunctionCode`, which writes the files. The
constructs (`streambda.cdk`) and the command `streambda package` both use it, and so make the same.
This package knows files, packages and uv. It does not know the CDK, the options of a function or
its callers.

* `code`: everything together, and its hash
* `handler`: checks that the handler is there
* `options`: what a user may choose
* `package_target`: the Python and the architecture that packages are installed for
* `managed_python`: Lambda's own python3.x, and what each needs
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
* `sizes`: how much of Lambda's 250 MB code and layers take
"""
