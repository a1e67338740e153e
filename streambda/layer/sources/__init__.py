"""Where a CPython for the layer comes from: a build job in, a CPython in the job's tree out.

A source is a function from a `BuildJob` to an `UnpackedPython`. It raises SourceUnavailable where
it cannot be used here (`auto` then tries the next one), and another LayerError where it can, but
what it gives is wrong. A source does not know what is pruned, bundled or checked afterwards, nor
the cache of finished layers, nor the other sources.

    names       what they are called, and their order
    sources     the table of all sources
    pbs/        python-build-standalone's archives, downloaded by URL and SHA-256
    debian/     bookworm's packages by apt; the interpreter is linked again for glibc 2.34
    docker/     Amazon Linux 2023's own Python, installed by dnf in Lambda's base image

A new source: a folder here, a name in `names`, a row in `sources.SOURCES`, and its table in
`streambda.layer.lock` and in `layer/python-layer.lock`.

Sources use these files beside the packages: architecture, components, elf, errors, files, job,
layout, lock, report, unpack.
"""
