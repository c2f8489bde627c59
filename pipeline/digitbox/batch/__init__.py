"""One-shot reading, and what a terminal shows of it."""
