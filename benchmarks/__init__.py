"""What takes too long to be a test: how fast, how well, and for how long it runs."""
