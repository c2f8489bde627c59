"""``python -m train.accuracy``."""

from train.accuracy.command import main

main(prog_name="python -m train.accuracy")
