"""How well the shipped models read: ``docs/accuracy.md``."""
