"""Whether a finished layer would run on provided.al2023: the zip in, a table and problems out."""
