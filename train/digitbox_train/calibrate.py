"""A network's logits for frames that it was not trained on → the temperature that makes its
probabilities true."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax


@dataclass(frozen=True)
class Calibration:
    """Logits are divided by ``temperature`` (Guo, Pleiss, Sun, Weinberger: On Calibration of Modern
    Neural Networks, 2017); ``offset`` is the logit of being no digit beside them."""

    temperature: float = 1.0
    offset: float = 0.0


def calibrate(logits: NDArray[np.float32], labels: NDArray[np.uint8]) -> Calibration:
    """Fit to ``logits``, float32 ``[N, 10]``, and ``labels``, uint8 ``[N]``, 0 to 9, or 10 for no
    digit: the calibration under which the labels are likeliest."""

    def surprise(parameters: NDArray[np.float64]) -> float:
        calibration = Calibration(float(np.exp(parameters[0])), float(parameters[1]))
        return loss(logits, labels, calibration)

    found = minimize(surprise, np.zeros(2), method="Nelder-Mead").x
    return Calibration(float(np.exp(found[0])), float(found[1]))


def loss(logits: NDArray[np.float32], labels: NDArray[np.uint8], calibration: Calibration) -> float:
    """The mean surprise at ``labels``, in nats; see :func:`calibrate`."""
    return -float(np.mean(log_likelihood(logits, calibration)[np.arange(len(labels)), labels]))


def log_likelihood(logits: NDArray[np.float32], calibration: Calibration) -> NDArray[np.float64]:
    """The logarithms of the probabilities of the ten digits and of no digit, float64 ``[N, 11]``,
    at most 0, for ``logits``, float32 ``[N, 10]``."""
    warm = logits.astype(np.float64) / calibration.temperature
    none = np.full((len(logits), 1), calibration.offset)
    return np.asarray(log_softmax(np.concatenate([warm, none], axis=1), axis=1))
