import logging
import re
import sys

import numpy as np
import pytest

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.filterwarnings("ignore")  # TensorFlow's own

import keras  # noqa: E402

from digitbox_train.progress import LINES, counted, shown  # noqa: E402


def test_without_a_terminal_an_epoch_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse", metrics=["mae"])
    images, zeros = np.zeros((40, 2), np.float32), np.zeros(40)
    seen: list[int] = []
    own = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, _: seen.append(epoch))
    model.fit(images, zeros, epochs=3, validation_data=(images, zeros), **shown([own]))
    assert seen == [0, 1, 2]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    for number, line in enumerate(lines, start=1):
        figures = r"loss \d\.\d{4}, mae \d\.\d{4}, val_loss \d\.\d{4}, val_mae \d\.\d{4}"
        assert re.fullmatch(rf"epoch {number} of 3: {figures}, \d+ s", line)


def test_on_a_terminal_keras_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert shown() == {"verbose": "auto", "callbacks": []}


@pytest.mark.parametrize(("count", "done", "lines"), [(1000, 0, LINES), (3, 0, 3), (50, 50, 5)])
def test_what_is_counted_is_a_few_lines(
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    count: int,
    done: int,
    lines: int,
) -> None:
    caplog.set_level(logging.INFO)
    assert list(counted(range(count), "drawing", "pieces", done)) == [*range(count)]
    assert len(caplog.messages) == lines
    assert caplog.messages[-1] == f"drawing: {done + count} of {done + count} pieces"
    assert capsys.readouterr().err == ""


def test_of_nothing_there_is_no_line(caplog: pytest.LogCaptureFixture) -> None:
    assert list(counted([], "drawing", "pieces")) == []
    assert not caplog.messages
