"""``digitbox`` as a program for ``spark-submit``: see ``docs/cluster.md``."""

from digitbox.cli import main

main()
