"""A terminal in memory."""

import asyncio
import io


class Screen(io.StringIO):
    """Keeps what is printed; a test can wait for a text."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[tuple[str, asyncio.Event]] = []

    def write(self, text: str) -> int:
        size = super().write(text)
        for expected, event in self._waiting:
            if expected in self.getvalue():
                event.set()
        return size

    async def wait_for(self, text: str, seconds: float = 20) -> None:
        """Returns when `text` has been printed. Raises `TimeoutError` after `seconds`."""
        event = asyncio.Event()
        self._waiting.append((text, event))
        self.write("")  # checks what has been printed before
        async with asyncio.timeout(seconds):
            await event.wait()
