"""Source `debian`: packages by apt, the interpreter linked again for glibc 2.34.

source          downloads, compares with the lock, unpacks, links
apt             apt-get in a private root, for any architecture
apt_sources     picks Debian's suites out of the machine's sources.list files
deb, ar         read the .deb format
relink          links the interpreter with zig
elf_edit        two edits of ELF files that zig has no option for
"""
