"""How long to wait between two attempts at what did not work."""

LONGEST_SECONDS = 60.0


def next_delay(before: float, first: float = 1.0) -> float:
    """Seconds until the next attempt, where the last delay was ``before`` (0.0: there was none):
    ``first``, then twice as long each time, :data:`LONGEST_SECONDS` at most."""
    return min(max(first, 2 * before), LONGEST_SECONDS)
