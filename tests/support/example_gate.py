"""What an example waits for with a sleep, it waits for at a gate in a test."""

import re
from pathlib import Path

GATE = """
import asyncio
from pathlib import Path

GATE = Path({gate!r})

def wait():
    with GATE.open("rb", buffering=0) as fifo:
        fifo.read(1)

async def wait_async():
    await asyncio.to_thread(wait)
"""


def put_gate(source: Path, gate: Path) -> None:
    main = source / "main.py"
    text, count = re.subn(
        r"await asyncio\.sleep\(0\.2\)", "await gate.wait_async()", main.read_text()
    )
    text, more = re.subn(r"time\.sleep\(0\.2\)", "gate.wait()", text)
    assert count + more == 1
    main.write_text(
        re.sub(r"^(?=import |from )", "import gate\n", text, count=1, flags=re.MULTILINE)
    )
    (source / "gate.py").write_text(GATE.format(gate=str(gate)))
