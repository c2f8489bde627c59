"""What both long trainings share: how fast they learn, and what they leave to go on from."""

from pathlib import Path

import keras

WEIGHT_DECAY = 1e-4


def optimizer(
    peak: float, warmup: int, steps: int, clip: float | None = None, averaged: float | None = None
) -> keras.optimizers.Optimizer:
    """AdamW whose rate rises to ``peak`` in ``warmup`` steps and falls to zero as a cosine by
    ``steps`` (Loshchilov, Hutter: SGDR, 2017; Decoupled Weight Decay Regularization, 2019).
    Gradients that are longer than ``clip``, all taken together, are cut to it. With ``averaged``,
    the weights that are kept in the end are their average, each step's counting so much less than
    the one after it."""
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warmup, warmup_target=peak, warmup_steps=warmup
    )
    return keras.optimizers.AdamW(
        rate,
        weight_decay=WEIGHT_DECAY,
        global_clipnorm=clip,
        use_ema=averaged is not None,
        ema_momentum=averaged or 0.99,
    )


def callbacks(backup: Path | None) -> list[keras.callbacks.Callback]:
    """In ``backup``, where there is one: the state after each epoch, from which a training that was
    interrupted goes on, and ``log.csv`` with the figures of each."""
    if backup is None:
        return []
    return [
        keras.callbacks.BackupAndRestore(str(backup / "state")),
        keras.callbacks.CSVLogger(str(backup / "log.csv"), append=True),
    ]
