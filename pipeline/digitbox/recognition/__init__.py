"""The pure core: bytes in, readings out. No path, clock, database or global state."""
