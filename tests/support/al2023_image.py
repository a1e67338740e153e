"""A folder with the files of provided.al2023 after dnf, and fakes of the programs used there."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.support.fake_programs import write_program
from tests.support.layer_files import ARM64, make_elf, make_interpreter

LIBPYTHON = "libpython3.13.so.1.0"
NEEDED = [LIBPYTHON, "libc.so.6"]

OWNERS = """\
expat\t2.6.3-1.amzn2023.0.2\taarch64\tMIT\t/usr/lib64/libexpat.so.1
expat\t2.6.3-1.amzn2023.0.2\taarch64\tMIT\t/usr/lib64/libexpat.so.1.10.0
expat\t2.6.3-1.amzn2023.0.2\taarch64\tMIT\t/usr/share/doc/expat/changelog
mpdecimal\t2.5.1-3.amzn2023\taarch64\tBSD\t/usr/lib64/libmpdec.so.3
ncurses-libs\t6.2-4.amzn2023\taarch64\tMIT\t/usr/lib64/libncursesw.so.6
openssl-libs\t3.2.2-1.amzn2023\taarch64\tASL 2.0\t/usr/lib64/libssl.so.3
python3.13\t3.13.9-1.amzn2023.0.1\taarch64\tPSF-2.0\t/usr/bin/python3.13
python3.13-libs\t3.13.9-1.amzn2023.0.1\taarch64\tPSF-2.0\t/usr/lib64/libpython3.13.so.1.0
python3.13-libs\t3.13.9-1.amzn2023.0.1\taarch64\tPSF-2.0\t/usr/lib64/python3.13
"""

FILES = {
    "usr/bin/python3.13": make_interpreter(ARM64, needed=NEEDED),
    f"usr/lib64/{LIBPYTHON}": make_elf(machine=ARM64) + b"\0/usr/lib64\0lib64\0",
    "usr/lib64/libexpat.so.1.10.0": make_elf(machine=ARM64, needed=["libc.so.6"]),
    "usr/lib64/libmpdec.so.3": make_elf(machine=ARM64),
    "usr/lib64/libncursesw.so.6": make_elf(machine=ARM64),
    "usr/lib64/libssl.so.3": make_elf(machine=ARM64),
    "usr/lib64/libc.so.6": make_elf(machine=ARM64),
    "usr/lib64/python3.13/os.py": b"x = 1\n",
    "usr/lib64/python3.13/test/test_os.py": b"",
    "usr/lib64/python3.13/lib-dynload/_ssl.so": make_elf(machine=ARM64, needed=["libssl.so.3"]),
    "usr/lib64/python3.13/lib-dynload/pyexpat.so": make_elf(
        machine=ARM64, needed=["libexpat.so.1"]
    ),
    "usr/lib64/python3.13/lib-dynload/_decimal.so": make_elf(
        machine=ARM64, needed=["libmpdec.so.3"]
    ),
    "usr/lib64/python3.13/lib-dynload/_curses.so": make_elf(
        machine=ARM64, needed=["libncursesw.so.6"]
    ),
    "usr/share/licenses/python3.13-libs/LICENSE": b"PSF",
    "usr/share/licenses/expat/COPYING": b"MIT, as said",
    "usr/share/licenses/expat/more/NOTICE": b"notice",
    "usr/share/licenses/ncurses-libs/COPYING": b"ncurses",
}

DNF = '#!/bin/sh\necho "$@" > {folder}/dnf-arguments\necho "Complete!"\n'
PYTHON = '#!/bin/sh\nexec {real} "$1" "$2" "$3" {root}\n'
PATCHELF = '#!/bin/sh\necho "$1 $2 $3" > {folder}/patchelf-arguments\ncp {patched} "$4"\n'


def make_docker(folder: Path, *, image: Path) -> None:
    """Writes a fake `docker` into `folder`; the root of its container is the folder `image`."""
    for name, content in FILES.items():
        path = image / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (image / "usr/lib64/libexpat.so.1").symlink_to("libexpat.so.1.10.0")
    (image / "usr/lib64/libpython3.13.so").symlink_to(LIBPYTHON)
    (image / "usr/lib64/libfar.so").symlink_to("/etc/alternatives/libfar.so")
    patched = folder / "patched"
    patched.write_bytes(make_interpreter(ARM64, needed=NEEDED, rpath="$ORIGIN/../lib"))
    owners = folder / "owners"
    owners.write_text(OWNERS)
    tools = folder / "bin"
    tools.mkdir()
    write_program(tools, "dnf", DNF.format(folder=folder))
    write_program(tools, "python3.13", PYTHON.format(real=sys.executable, root=image))
    write_program(tools, "patchelf", PATCHELF.format(folder=folder, patched=patched))
    write_program(tools, "rpm", f"#!/bin/sh\ncat {owners}\n")
    shutil.copyfile(Path(__file__).with_name("fake_docker.py"), folder / "fake_docker.py")
    write_program(
        folder, "docker", f'#!/bin/sh\nexec {sys.executable} {folder}/fake_docker.py "$@"\n'
    )
