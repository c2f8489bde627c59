"""What was claimed, read, published and retired: the memory of the service, in SQLite."""
