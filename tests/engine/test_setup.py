import msgspec
import pytest

from digitbox.config import FINDER, NUMBERS, SHIPPED_MODELS, Config, load
from digitbox.engine.setup import Setup
from digitbox.errors import ModelError
from digitbox.models.registry import folder, promote
from digitbox.records import Expected
from tests.variants import variant


def promoted(config: Config) -> str:
    """The label of another ``mlp``, which is promoted."""
    draft = folder(config) / "another"
    label = variant(draft, "another").label
    promote(config, label)
    return label


def test_a_setup_names_the_model_that_it_reads_with(config: Config) -> None:
    setup = Setup.of(config)
    assert setup.model == SHIPPED_MODELS / "cnn"
    assert setup.card.name == "cnn"
    assert setup.config == msgspec.structs.replace(config, model=str(setup.model))


def test_a_promotion_changes_nothing_for_a_setup_that_there_is(config: Config) -> None:
    config = msgspec.structs.replace(config, model="mlp")
    before = Setup.of(config)
    label = promoted(config)
    assert Setup.of(config).card.label == label
    assert Setup.of(before.config).card.label == before.card.label != label


def test_without_a_state_folder_nothing_is_promoted(config: Config) -> None:
    config = msgspec.structs.replace(config, model="mlp")
    promoted(config)
    assert Setup.without_state(config).model == SHIPPED_MODELS / "mlp"


def test_a_model_that_does_not_serve_is_refused(config: Config) -> None:
    with pytest.raises(ModelError, match="no such model"):
        Setup.of(msgspec.structs.replace(config, model="none/at/all"))
    for other in (FINDER, *NUMBERS):
        with pytest.raises(ModelError, match="tells apart"):
            Setup.of(msgspec.structs.replace(config, model=str(other)))


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"workers": 3, "batch.size": 7, "outbox": "elsewhere"}, True),
        ({"model": str(SHIPPED_MODELS / "cnn")}, True),
        ({"model": "mlp"}, False),
        ({"accept": 0.5}, False),
        ({"digits": "any", "decimals": "written", "sign": False}, True),
        ({"digits": "1"}, False),
        ({"digits": "1-6"}, False),
        ({"decimals": 0}, False),
        ({"sign": True}, False),
        ({"limits.pixels": 7}, False),
        ({"limits.pages": 7}, False),
        ({"limits.bytes": 7}, False),
    ],
)
def test_readings_are_the_same_where_their_fingerprint_is(
    changes: dict[str, object], same: bool
) -> None:
    one = Setup.of(load(options={})).provenance.fingerprint
    other = Setup.of(load(options=changes)).provenance.fingerprint
    assert (one == other) is same


def test_a_number_and_its_text_are_the_same_expectation() -> None:
    one, other = (Setup.of(load(options={"digits": said})).provenance for said in (4, "4-4"))
    assert one.fingerprint == other.fingerprint


def test_a_task_has_what_the_configuration_says(config: Config) -> None:
    setup = Setup.of(load(options={"accept": 0.5, "model": "mlp", "digits": "2-4"}))
    task = setup.task(exclusive=True)
    assert (task.finder, task.model) == (FINDER, SHIPPED_MODELS / "mlp")
    assert (task.accept, task.limits) == (0.5, config.limits)
    assert task.expected == Expected(2, 4)
    assert (task.exclusive, task.keep_frames, task.known) == (True, False, None)


def test_a_pool_has_as_many_processes_as_are_configured() -> None:
    with Setup.of(load(options={"workers": 3, "batch.chunk": 5})).pool() as pool:
        assert (pool._count, pool._chunk_size) == (3, 5)
