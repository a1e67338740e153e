from __future__ import annotations

from pathlib import Path

from streambda.layer.pack.libraries import bundle_libraries
from tests.support.layer_files import make_elf


def test_what_is_needed_is_bundled_and_the_rest_is_removed(tmp_path: Path) -> None:
    tree, packages = tmp_path / "tree", tmp_path / "packages"
    (tree / "bin").mkdir(parents=True)
    (tree / "lib").mkdir()
    packages.mkdir()
    (tree / "bin/python3").write_bytes(
        make_elf(needed=["$ORIGIN/../lib/libpython3.13.so.1.0", "libssl.so.3", "libc.so.6"])
    )
    (tree / "lib/os.py").write_text("")
    (tree / "lib/libpython3.13.so.1.0").write_bytes(make_elf(needed=["libssl.so.3"]))
    (tree / "lib/libpython3.13.so").write_bytes(make_elf())
    (packages / "libssl.so.3").write_bytes(make_elf(needed=["libcrypto.so.3"]))
    (packages / "libcrypto.so.3").write_bytes(make_elf())
    (packages / "libunused.so.1").write_bytes(make_elf())

    bundle_libraries(tree, [packages])

    assert sorted(path.name for path in (tree / "lib").iterdir()) == [
        "libcrypto.so.3",
        "libpython3.13.so.1.0",
        "libssl.so.3",
        "os.py",
    ]
