"""What people decided in a harness of its own, as it is learned from."""

import shutil
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest

from digitbox.config import load
from digitbox.errors import TrainingError
from digitbox.ledger.decision import CONFIRM, NOT_DIGIT, UNDO, Decision
from digitbox.recognition.card import PREPROCESSING
from digitbox.recognition.finder import Finder
from digitbox.recognition.preprocess import preprocess_page
from digitbox.service.decisions import Decisions
from digitbox.signals import Flags
from digitbox_train import reviewed
from digitbox_train.drawing.writers import NOT_DIGIT as NONE
from digitbox_train.reviewed import HELD_OUT, Reviewed, is_held_out
from tests.endurance.harness import Harness, digest
from tests.pages import digits, encoded

NUMBER = 40


def content(number: int) -> bytes:
    """A digit; which: see :func:`label`."""
    return encoded(255 - digits()[0][number])


def label(number: int) -> int:
    return int(digits()[1][number])


def decided(harness: Harness, *decisions: Decision) -> None:
    with chdir(harness.folder):
        open_ = Decisions(load, Flags())
        for decision in decisions:
            open_.ask(decision)
        open_.carry_out()
        open_.close()


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """Forty digits, all of them doubted and decided about: row ``n + 1`` is of digit ``n``."""
    made = Harness(tmp_path_factory.mktemp("reviewed") / "harness", accept=1.0)
    for number in range(NUMBER):
        made.drop(f"{number:02}.png", content(number))
    done = made.run("batch")
    assert done.returncode == 0, done.stderr
    decided(made, *(Decision(n + 1, str(label(n)), "Ada") for n in range(NUMBER)))
    return made


@pytest.fixture
def own(harness: Harness, tmp_path: Path) -> Harness:
    """A copy of it, to be changed."""
    shutil.copytree(harness.folder, tmp_path / "own")
    return Harness(tmp_path / "own", **harness.settings)


def loaded(harness: Harness) -> Reviewed:
    with chdir(harness.folder):
        return reviewed.load(load())


def test_frames_are_what_serving_sees_and_files_are_held_out(
    harness: Harness, finder: Finder
) -> None:
    found = loaded(harness)
    expected: dict[bool, list[tuple[bytes, int]]] = {True: [], False: []}
    for number in range(NUMBER):
        seen = preprocess_page(content(number), 1, finder, 10**8)
        assert seen is not None
        (candidate,) = seen.candidates
        is_out = is_held_out(digest(content(number)))
        expected[is_out].append((candidate.frames.tobytes(), label(number)))
    for examples, wanted in ((found.learned, expected[False]), (found.held_out, expected[True])):
        had = [candidate.tobytes() for candidate in examples.candidates]
        assert list(zip(had, examples.labels, strict=True)) == wanted
    assert found.lost == 0
    assert 0 < len(found.held_out) < NUMBER / 2


def test_about_one_content_in_five_is_held_out() -> None:
    shares = [is_held_out(digest(str(number).encode())) for number in range(2000)]
    assert np.mean(shares) == pytest.approx(1 / HELD_OUT, abs=0.03)


def test_what_was_undone_or_is_no_digit_counts_as_such(own: Harness) -> None:
    number = next(n for n in range(NUMBER) if not is_held_out(digest(content(n))))
    last = next(n for n in range(number + 1, NUMBER) if not is_held_out(digest(content(n))))
    decided(
        own,
        Decision(number + 1, UNDO, "Ada"),
        Decision(NUMBER + last + 1, NOT_DIGIT, "Bo"),  # what the first decision made
    )
    found = loaded(own)
    assert found.learned.labels.count(NONE) == 1
    assert len(found.learned) + len(found.held_out) == NUMBER - 1


def test_what_is_no_single_digit_teaches_none(own: Harness) -> None:
    one, other, signed = (n for n in range(3))
    decided(
        own,
        Decision(NUMBER + one + 1, "17", "Bo"),  # corrects what the first decision made
        Decision(NUMBER + other + 1, "1.7", "Bo"),
        Decision(NUMBER + signed + 1, f"-{label(signed)}", "Bo"),
    )
    found = loaded(own)
    assert len(found.learned) + len(found.held_out) == NUMBER - 3
    assert found.lost == 0
    assert {*found.learned.labels, *found.held_out.labels} <= set(range(10))


def test_where_originals_are_gone_their_frames_serve(own: Harness, harness: Harness) -> None:
    shutil.rmtree(own.done)
    for before, after in zip(
        (loaded(harness).learned, loaded(harness).held_out),
        (loaded(own).learned, loaded(own).held_out),
        strict=True,
    ):
        assert before.labels == after.labels
        for one, other in zip(before.candidates, after.candidates, strict=True):
            assert np.array_equal(one, other)


def test_frames_of_another_preprocessing_do_not_serve(
    own: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = [path for path in own.done.rglob("*.png") if int(path.stem) < 5]
    for path in gone:
        path.unlink()
    monkeypatch.setattr(reviewed, "PREPROCESSING", PREPROCESSING + 1)
    found = loaded(own)
    assert (found.lost, len(found.learned) + len(found.held_out)) == (5, NUMBER - 5)


def test_another_file_in_an_originals_place_is_not_taken_for_it(own: Harness) -> None:
    (path,) = own.done.rglob("00.png")
    path.write_bytes(content(1))
    assert loaded(own).lost == 0  # the frames that were kept serve


def test_too_little_is_refused(tmp_path: Path, own: Harness) -> None:
    with pytest.raises(TrainingError, match=r"0 images .* at least 20 .*digitbox review"):
        loaded(Harness(tmp_path / "empty"))
    decided(own, *(Decision(n + 1, UNDO, "Ada") for n in range(21)))
    with pytest.raises(TrainingError, match="19 images"):
        loaded(own)
    decided(
        own,
        *(
            Decision(n + 1, UNDO, "Ada")
            for n in range(21, NUMBER)
            if is_held_out(digest(content(n)))
        ),
        *(
            Decision(2 * NUMBER + n + 1, CONFIRM, "Ada")  # the rows that the undoing made
            for n in range(21)
            if not is_held_out(digest(content(n)))
        ),
    )
    with pytest.raises(TrainingError, match="none is held out"):
        loaded(own)
