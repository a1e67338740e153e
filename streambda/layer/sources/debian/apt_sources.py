"""Picks the lock's suites out of apt's configured sources (man 5 sources.list, both formats).

Text in, text out. What is picked keeps its mirror, keyring and options. Only other suites and a
restriction to the machine's own architecture are removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

_ONE_LINE = re.compile(
    r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<parts>.+)$"
)
_COMPONENT = "main"
_REPLACED = {"architectures", "enabled", "types", "suites"}


def pick_lines(text: str, suites: Set[str]) -> Iterator[str]:
    """Yields the lines of a `.list` file that name one of `suites`."""
    for line in text.splitlines():
        match = _ONE_LINE.match(line.split("#")[0].strip())
        if match and match["suite"] in suites and _COMPONENT in match["parts"].split():
            options = [o for o in (match["options"] or "").split() if not o.startswith("arch")]
            brackets = f"[{' '.join(options)}] " if options else ""
            yield f"deb {brackets}{match['uri']} {match['suite']} {_COMPONENT}"


def pick_stanzas(text: str, suites: Set[str]) -> Iterator[str]:
    """Yields the stanzas of a `.sources` file that name some of `suites`."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        fields = _read_fields(stanza)
        picked = [suite for suite in fields.get("suites", "").split() if suite in suites]
        if picked and _is_used(fields):
            yield _format_stanza(fields, picked)


def _is_used(fields: dict[str, str]) -> bool:
    return (
        "deb" in fields.get("types", "").split()
        and _COMPONENT in fields.get("components", "").split()
        and fields.get("enabled", "yes").strip().lower() not in {"no", "false"}
    )


def _format_stanza(fields: dict[str, str], suites: list[str]) -> str:
    others = {name: value for name, value in fields.items() if name not in _REPLACED}
    picked = {"types": "deb", "suites": " ".join(suites), **others}
    return "".join(
        f"{name}:{value if value[:1].isspace() else ' ' + value}\n"
        for name, value in picked.items()
    )


def _read_fields(stanza: str) -> dict[str, str]:
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
