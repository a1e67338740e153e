"""`streambda package`: zips of a function and its layer, for tools other than the CDK.

Comes in: a folder, a handler and options. Goes out: a folder with function.zip, layer.zip and
manifest.json. What lies in the zips comes from `streambda.bundle` and `streambda.layer`, which the
constructs use as well. Neither the CDK nor Node.js is needed.

* `command`: the command line
* `request`: what is asked for, checked
* `package`: makes the zips
* `manifest`: what other tools must know of them
"""
