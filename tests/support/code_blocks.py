"""Reads the code that a document shows, so that the tests run what users copy."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def read_block(document: str, heading: str, number: int = 0, *, language: str = "python") -> str:
    """One of the blocks of a language under the heading `## heading`, the first by default."""
    text = (ROOT / document).read_text("utf-8")
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    return blocks[number]
