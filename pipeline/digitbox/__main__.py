"""``python -m digitbox``: the same as ``digitbox``."""

from digitbox.cli import main

if __name__ == "__main__":
    main()
