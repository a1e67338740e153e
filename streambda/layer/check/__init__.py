"""Whether a finished layer would run on provided.al2023: a zip in, a table and problems out.

Nothing is run, so that the layer of another architecture is checked too. This package does not know
how the layer was built.

    check_layer     the checks, one row of the table each
    contents        reads the zip
    elf_files       libraries, GLIBC versions and architecture, as Lambda's loader sees them

It uses these files beside the packages: architecture, elf, errors, layout, text_table.
"""
