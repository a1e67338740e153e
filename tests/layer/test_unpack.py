from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from streambda.layer import unpack
from streambda.layer.unpack import unpack_tar


def _tar(*entries: tuple[str, bytes, str]) -> tarfile.TarFile:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind, target in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.mode = kind, target, 0o755
            archive.addfile(entry)
    return tarfile.open(fileobj=io.BytesIO(buffer.getvalue()))


@pytest.mark.parametrize("filters", [True, False], ids=["filters", "python-3.11.2"])
@pytest.mark.filterwarnings("ignore:Python 3.14 will:DeprecationWarning")
def test_only_what_stays_inside_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filters: bool
) -> None:
    monkeypatch.setattr(unpack, "_FILTER", {"filter": "data"} if filters else {})
    entries = [
        ("./bin/tool", tarfile.REGTYPE, ""),
        ("bin/same", tarfile.LNKTYPE, "bin/tool"),
        ("lib/near", tarfile.SYMTYPE, "../bin/tool"),
        ("lib/absolute", tarfile.SYMTYPE, "/bin/tool"),
        ("lib/far", tarfile.SYMTYPE, "../../bin/tool"),
        ("lib/hard", tarfile.LNKTYPE, "../bin/tool"),
        ("../outside", tarfile.REGTYPE, ""),
        ("/tmp/outside", tarfile.REGTYPE, ""),
        ("dev/null", tarfile.CHRTYPE, ""),
    ]

    with _tar(*entries) as tar:
        unpack_tar(tar, tmp_path / "out")

    found = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if not p.is_dir()}
    assert found == {"out/bin/tool", "out/bin/same", "out/lib/near"}
