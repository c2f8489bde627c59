"""``python -m digitbox_train.accuracy``."""

from digitbox_train.accuracy.command import main

main(prog_name="python -m digitbox_train.accuracy")
