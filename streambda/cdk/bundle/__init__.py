"""From a folder of handlers to the zip that Lambda gets."""
