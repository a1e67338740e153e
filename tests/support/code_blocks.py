"""Reads the code that a document shows, so that the tests run what users copy."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


def read_block(document: str, heading: str, number: int = 0) -> str:
    """One of the Python blocks under the heading `## heading`, the first by default."""
    text = (ROOT / document).read_text("utf-8")
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    blocks: list[str] = BLOCK.findall(section)
    return blocks[number]
