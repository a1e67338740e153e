"""Picks the wanted suites out of apt's configured sources (man 5 sources.list, both formats).

Text in, text out. What is picked keeps its mirror, keyring and options; only the suites are
narrowed and a restriction to the machine's own architecture is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

_ONE_LINE = re.compile(
    r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<parts>.+)$"
)
_COMPONENT = "main"
_DROPPED = {"architectures", "enabled", "types", "suites"}


def pick_one_line(text: str, suites: Set[str]) -> Iterator[str]:
    """Yields the lines of a `.list` file that name a wanted suite."""
    for line in text.splitlines():
        match = _ONE_LINE.match(line.split("#")[0].strip())
        if match and match["suite"] in suites and _COMPONENT in match["parts"].split():
            options = [o for o in (match["options"] or "").split() if not o.startswith("arch")]
            kept = f"[{' '.join(options)}] " if options else ""
            yield f"deb {kept}{match['uri']} {match['suite']} {_COMPONENT}"


def pick_stanzas(text: str, suites: Set[str]) -> Iterator[str]:
    """Yields the stanzas of a `.sources` file that name wanted suites."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        fields = _fields(stanza)
        wanted = [suite for suite in fields.get("suites", "").split() if suite in suites]
        if wanted and _is_used(fields):
            yield _stanza(fields, wanted)


def _is_used(fields: dict[str, str]) -> bool:
    return (
        "deb" in fields.get("types", "").split()
        and _COMPONENT in fields.get("components", "").split()
        and fields.get("enabled", "yes").strip().lower() not in {"no", "false"}
    )


def _stanza(fields: dict[str, str], suites: list[str]) -> str:
    kept = {name: value for name, value in fields.items() if name not in _DROPPED}
    written = {"types": "deb", "suites": " ".join(suites), **kept}
    return "".join(
        f"{name}:{value if value[:1].isspace() else ' ' + value}\n"
        for name, value in written.items()
    )


def _fields(stanza: str) -> dict[str, str]:
    """Field names in lower case; a value keeps its continuation lines (an embedded key)."""
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line[:1].isspace():
            fields[name] = f"{fields.get(name, '')}\n{line}"
        elif ":" in line:
            name, value = line.split(":", 1)
            name = name.lower()
            fields[name] = value
    return fields
