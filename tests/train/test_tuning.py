import numpy as np
import pytest

from digitbox_train.data import HELD_BACK, Mnist
from digitbox_train.dataset import IGNORED
from digitbox_train.reviewed import Examples
from tests.pages import digits

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.filterwarnings("ignore")  # TensorFlow's own


@pytest.fixture
def mnist() -> Mnist:
    images, labels = digits()
    back = np.resize(images, (HELD_BACK, 28, 28)), np.resize(labels, HELD_BACK)
    return Mnist(
        np.concatenate([images, back[0]]), np.concatenate([labels, back[1]]), images, labels
    )


def drawn() -> tuple[np.ndarray, np.ndarray]:
    """Noise, which is no digit, and a pair that says nothing."""
    noise = np.random.default_rng(1).integers(0, 256, (50, 2, 28, 28)).astype(np.uint8)
    labels = np.full((50, 2), 10, np.uint8)
    labels[0] = IGNORED
    return noise, labels


def bars(count: int) -> tuple[np.ndarray, ...]:
    """What is no digit, and is to be read as a 4 from now on: a bar at any height."""
    candidates = np.zeros((count, 1, 28, 28), np.uint8)
    for number, candidate in enumerate(candidates):
        candidate[0, 10 + number % 8 : 14 + number % 8, 4:24] = 255
    return tuple(candidates)


def test_it_learns_what_people_said_and_forgets_nothing(
    mnist: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digitbox.config import SHIPPED_MODELS
    from digitbox_train import tuning
    from digitbox_train.reading import scaled
    from digitbox_train.weights import restored

    monkeypatch.setattr(tuning, "EPOCHS", 6)
    monkeypatch.setattr(tuning, "SHARE", 1.0)
    model = restored(SHIPPED_MODELS / "mlp")

    def said(images: np.ndarray) -> np.ndarray:
        logits = model.predict(scaled(images), verbose=0)
        return np.where((logits < 0).all(axis=1), 10, logits.argmax(axis=1))

    unseen = np.concatenate(bars(40)[32:])
    assert 4 not in said(unseen)
    tuning.tune(model, mnist, drawn(), Examples(bars(32), (4,) * 32), seed=1)
    assert np.mean(said(unseen) == 4) > 0.8
    assert np.mean(said(digits()[0]) == digits()[1]) > 0.97
    assert np.mean(said(drawn()[0].reshape(-1, 28, 28)) == 10) > 0.9


def test_the_weights_go_a_part_of_the_way(mnist: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    from digitbox_train import networks, tuning

    monkeypatch.setattr(tuning, "EPOCHS", 1)
    ends = []
    for share in (0.0, 0.5):
        monkeypatch.setattr(tuning, "SHARE", share)
        model = networks.mlp(None)
        model.set_weights([0.1 + 0 * part for part in model.get_weights()])
        tuning.tune(model, mnist, drawn(), Examples(bars(32), (4,) * 32), seed=1)
        ends.append([float(np.abs(part - 0.1).max()) for part in model.get_weights()])
    assert max(ends[0]) < 1e-6
    assert max(ends[1]) > 1e-4


def test_an_epoch_has_of_each_what_it_is_to_have(mnist: Mnist) -> None:
    from digitbox_train import networks
    from digitbox_train.tuning import BATCH, DRAWN, PLAIN, REPEATS, _Batches

    two = tuple(np.repeat(candidate, 2, axis=0) for candidate in bars(5))  # outline and tone
    former = networks.mlp(None)
    former.set_weights([0 * part for part in former.get_weights()])  # to it, all are as likely
    batches = _Batches(mnist, drawn(), Examples((*bars(4), *two), (4,) * 9), former, seed=1)
    order = batches._order
    plain = order < len(mnist.x_train) - HELD_BACK
    reviewed = order >= len(batches._images) - 14
    assert (int(plain.sum()), int(reviewed.sum())) == (PLAIN, REPEATS * 14)
    assert len(order) == PLAIN + DRAWN + REPEATS * 14
    counts = np.bincount(order[reviewed])[-14:]
    assert set(counts) == {REPEATS}
    assert not np.any(batches._labels == IGNORED)

    # What was known is learned as it was read, too; what people said is learned as they said it.
    _, wanted = batches[0]
    assert wanted.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert wanted[reviewed[:BATCH]].max(axis=1) == pytest.approx(1)
    assert wanted[~reviewed[:BATCH]].max(axis=1) == pytest.approx((1 + 1 / 11) / 2, abs=1e-5)
    batches.on_epoch_end()
    assert not np.array_equal(batches._order, order)
