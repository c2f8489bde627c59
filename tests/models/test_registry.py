import itertools
import json
import shutil
from pathlib import Path

import pytest

from digitbox.config import SHIPPED_MODELS, Config, load
from digitbox.errors import InputError, ModelError
from digitbox.models.registry import (
    LEARNED_FROM,
    PROMOTED,
    Role,
    back,
    folder,
    listed,
    pinned,
    promote,
    revision,
    used,
)
from digitbox.recognition.card import read_card
from tests.conftest import Command
from tests.variants import variant

SHIPPED = read_card(SHIPPED_MODELS / "mlp").label


@pytest.fixture
def config() -> Config:
    return load(options={"model": "mlp"})


def made(config: Config, maker: str = "Ada", name: str | None = None, **recipe: str) -> str:
    """A model in the state folder, by its label; in a folder of another name where one is given."""
    place = folder(config) / (name or "draft")
    label = variant(place, maker, **recipe).label
    if name is None:
        place.rename(folder(config) / label)
    return label


def roles(config: Config) -> dict[str, Role]:
    return {one.name: one.role for one in listed(config)}


def test_nothing_being_promoted_the_shipped_ones_are_used(config: Config) -> None:
    assert used(config) == SHIPPED_MODELS / "mlp"
    assert used(load()) == SHIPPED_MODELS / "cnn"
    assert roles(config)[SHIPPED] == Role.USED
    assert not config.state.exists()


def test_what_is_promoted_is_what_its_network_stands_for(config: Config) -> None:
    label = made(config)
    assert promote(config, label).label == label
    assert used(config) == config.state / "models" / label
    assert used(load()) == SHIPPED_MODELS / "cnn"
    found = roles(config)
    assert (found[label], found[SHIPPED]) == (Role.USED, Role.SHIPPED)
    with pytest.raises(InputError, match="already"):
        promote(config, label)


def test_a_path_and_a_name_stay_what_they_say(config: Config) -> None:
    first, second = made(config, "Ada"), made(config, "Bo")
    promote(config, first)
    by_path = load(options={"model": str(SHIPPED_MODELS / "mlp")})
    assert used(by_path) == SHIPPED_MODELS / "mlp"
    assert used(load(options={"model": second})) == config.state / "models" / second
    with pytest.raises(InputError, match="names the model"):
        back(by_path)


def test_what_is_pinned_is_not_promoted_away(config: Config) -> None:
    before = pinned(config)
    promote(config, made(config))
    assert used(before) == SHIPPED_MODELS / "mlp"


def test_going_back_goes_down_to_the_shipped_one(config: Config) -> None:
    first, second = made(config, "Ada"), made(config, "Bo")
    for name in (first, second, "mlp", first):
        promote(config, name)
    assert roles(config)[second] == Role.BEFORE
    assert [back(config).label for _ in range(4)] == [SHIPPED, second, first, SHIPPED]
    with pytest.raises(InputError, match="none to go back to"):
        back(config)
    assert used(config) == SHIPPED_MODELS / "mlp"


def test_going_back_passes_over_what_does_not_serve_any_more(config: Config) -> None:
    first, second = made(config, "Ada"), made(config, "Bo")
    promote(config, first)
    promote(config, second)
    shutil.rmtree(folder(config) / first)
    assert back(config).label == SHIPPED


def test_a_candidate_is_told_from_what_was_trained(config: Config) -> None:
    candidate = made(config, "Ada", **{LEARNED_FROM: SHIPPED})
    trained = made(config, "Bo", name="mlp")
    found = roles(config)
    assert (found[candidate], found[trained]) == (Role.CANDIDATE, Role.TRAINED)


def test_what_was_trained_is_copied_so_that_training_anew_does_not_change_it(
    config: Config,
) -> None:
    label = made(config, name="mlp")
    assert promote(config, label).label == label
    shutil.rmtree(folder(config) / "mlp")
    assert read_card(used(config)).label == label
    assert sorted(path.name for path in folder(config).iterdir()) == sorted([label, PROMOTED])


def test_the_name_of_a_network_is_the_shipped_model(config: Config) -> None:
    made(config, name="mlp")
    promote(config, made(config, "Bo"))
    assert promote(config, "mlp").label == SHIPPED


def test_what_may_have_been_meant_by_the_name_of_a_network_is_said(
    config: Config, digitbox: Command
) -> None:
    """The shipped model stands for the name; one that was trained lies in a folder of that name."""
    label = made(config, name="mlp")
    with pytest.raises(InputError, match=f"already. The model in .*mlp is {label}: .*use {label}"):
        promote(config, "mlp")
    assert f"mlp is {label} now." in digitbox("models", "use", label).stdout
    done = digitbox("models", "use", "mlp")
    assert f"mlp is {SHIPPED} now." in done.stdout
    assert f"is {label}: use it by that name." in done.stdout
    shutil.rmtree(folder(config) / "mlp")
    with pytest.raises(InputError, match=r"stands for already\.$"):
        promote(config, "mlp")


def test_what_does_not_serve_is_listed_and_not_promoted(config: Config) -> None:
    (folder(config) / "broken").mkdir(parents=True)
    found = {one.name: one for one in listed(config)}["broken"]
    assert found.role == Role.UNFIT
    assert "no model folder" in (found.trouble or "")
    for name, message in (("broken", "does not serve"), ("none", "no such model")):
        with pytest.raises(InputError, match=message):
            promote(config, name)


@pytest.mark.parametrize("name", ["finder", "numbers-1"])
def test_what_serves_beside_a_model_is_no_model_to_read_with(config: Config, name: str) -> None:
    before = roles(config)
    shutil.copytree(SHIPPED_MODELS / name, folder(config) / name)
    assert roles(config) == before
    with pytest.raises(InputError, match="no such model"):
        promote(config, name)


def test_a_model_elsewhere_is_listed_while_it_is_in_use(tmp_path: Path) -> None:
    label = variant(tmp_path / "mine", "Ada").label
    assert roles(load(options={"model": "./mine"}))[label] == Role.USED
    assert label not in roles(load())


@pytest.mark.parametrize("content", ["", "[]", '{"mlp": "a"}'])
def test_a_list_that_is_none_is_named(config: Config, content: str) -> None:
    folder(config).mkdir(parents=True)
    (folder(config) / PROMOTED).write_text(content)
    with pytest.raises(ModelError, match=r"promoted\.json.*digitbox models use"):
        used(config)


def test_every_promotion_leaves_another_revision(config: Config) -> None:
    revisions = [revision(config)]
    label = made(config)
    for _ in range(3):
        promote(config, label)
        revisions.append(revision(config))
        back(config)
        revisions.append(revision(config))
    assert all(one != other for one, other in itertools.pairwise(revisions))


def test_a_crash_leaves_the_old_list_or_the_new(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = made(config, "Ada"), made(config, "Bo")
    promote(config, first)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        promote(config, second)
    assert used(config) == folder(config) / first
    assert sorted(path.name for path in folder(config).iterdir()) == sorted(
        [first, second, PROMOTED]
    )


def test_the_commands_list_promote_and_go_back(digitbox: Command, config: Config) -> None:
    label = made(config, **{LEARNED_FROM: SHIPPED, "made_at": "2026-01-31T12:00:00+00:00"})
    env = {"DIGITBOX_MODEL": "mlp"}
    said = digitbox("models", env=env).stdout
    assert f"* {SHIPPED}  in use" in said
    assert f"  {label}  candidate" in said
    assert f"at 2026-01-31T12:00:00+00:00, from {SHIPPED}" in said
    assert digitbox("models", "use", label, env=env).stdout == f"mlp is {label} now.\n"
    cards = json.loads(digitbox("models", "--json", env=env).stdout)
    assert [one["name"] for one in cards if one["role"] == "in use"] == [label]
    done = digitbox("models", "back")  # this configuration reads with cnn
    assert (done.returncode, done.stdout) == (2, "")
    assert "none to go back to" in done.stderr
    assert digitbox("models", "back", env=env).stdout == f"mlp is {SHIPPED} now.\n"
    other = digitbox("models", "use", label).stdout
    assert "The configuration reads with cnn: set `model: mlp` to use it." in other


def test_a_one_shot_run_reads_with_what_is_promoted(digitbox: Command, config: Config) -> None:
    from tests.batch.test_run import published
    from tests.pages import encoded, sheet

    label = made(config)
    promote(config, label)
    Path("3.png").write_bytes(encoded(sheet(3)))
    done = digitbox("batch", "3.png", env={"DIGITBOX_MODEL": "mlp"})
    assert done.returncode == 0, done.stderr
    assert [row["model"] for rows in published(Path("outbox")) for row in rows] == [label]


def test_a_promoted_model_that_does_not_serve_is_refused_at_the_start(
    digitbox: Command, config: Config
) -> None:
    label = made(config)
    promote(config, label)
    shutil.rmtree(folder(config) / label)
    Path("inbox").mkdir()
    done = digitbox("batch", env={"DIGITBOX_MODEL": "mlp"})
    assert done.returncode == 2
    assert f"{label}: no such model" in done.stderr
