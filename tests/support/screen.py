"""A terminal in memory."""

import asyncio
import io


class Screen(io.StringIO):
    """Tells when a text has been printed."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[tuple[str, asyncio.Event]] = []

    def write(self, text: str) -> int:
        size = super().write(text)
        for wanted, event in self._waiting:
            if wanted in self.getvalue():
                event.set()
        return size

    async def shows(self, text: str, seconds: float = 20) -> None:
        event = asyncio.Event()
        self._waiting.append((text, event))
        self.write("")
        async with asyncio.timeout(seconds):
            await event.wait()
