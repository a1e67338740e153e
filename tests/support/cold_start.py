"""What a cold start must not import: each of these takes longer than the runtime itself."""

# See docs/adr/0003.
SLOW_IMPORTS = {"json", "re", "enum", "typing", "dataclasses", "socket", "traceback", "asyncio"}
