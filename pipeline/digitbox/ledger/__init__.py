"""What was claimed, read, published and archived: the memory of the service, in SQLite."""
