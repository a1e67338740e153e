"""Makes the layer's zip from an unpacked CPython: the same for every source.

In: a `BuildJob` whose tree has a CPython, and the source's `UnpackedPython`. Out: a zip. This
package does not know which source it was, nor the cache, nor whether the zip would run (see
`check`).

    pack        the steps, in their order
    prune       removes what `prune.toml` names
    libraries   bundles the shared libraries that are needed, and their packages' licences
    bytecode    compiles the standard library, and functions for the constructs
    sbom        writes the bill of materials
    zip_file    writes the zip, the same bytes each time

It uses these files beside the packages: components, elf, errors, files, job, layout.
"""
