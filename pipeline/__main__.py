"""``python -m pipeline``: the same as ``digitbox``."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
