"""What reads files into batches, whoever drives it."""
