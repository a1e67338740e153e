"""The parts for async handlers. Imported only when a handler turns out to be async."""
