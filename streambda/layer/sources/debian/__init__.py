"""Source `debian`: packages by apt, the interpreter linked again for glibc 2.34."""
