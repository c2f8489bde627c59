"""``digitbox`` as a program for ``spark-submit``: see ``docs/cluster.md``."""

from pipeline.cli import main

main()
