"""The same reader on Spark: its file source, file sink and checkpoints around our workers."""
