"""The modules that a cold start must not import, because their import is slow (docs/adr/0003)."""

SLOW_IMPORTS = {"json", "re", "enum", "typing", "dataclasses", "socket", "traceback", "asyncio"}
