"""The names of the sources, in the order in which `auto` tries them; `sources` has what they do.

Apart from it, so that a command line can name them without loading them.
"""

AUTO = "auto"
PBS = "pbs"
DEBIAN = "debian"
DOCKER = "docker"

NAMES = (PBS, DEBIAN, DOCKER)
