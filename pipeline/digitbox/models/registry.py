"""The models there are, and which of them a network's name stands for: names → folders.

Models lie in ``models/`` of the state folder, those that were promoted in folders that are called
by their labels and never change. ``promoted.json`` beside them has, for each network, the names
that were promoted, the latest last; the network's own name stands for the shipped model.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from digitbox.config import SHIPPED_MODELS, Config, is_name, model_folder
from digitbox.errors import InputError, ModelError, TransientError, denied
from digitbox.recognition.card import CHARACTERS, INK, Card, read_card
from digitbox.storage.files import make_folder, sync_folder, write_whole

NETWORKS = ("cnn", "mlp")

PROMOTED = "promoted.json"

LEARNED_FROM = "learned_from"
"""The recipe of a model that learned from what people decided names the one that it began with."""


class Role(StrEnum):
    """What a model is here."""

    USED = "in use"
    BEFORE = "used before"
    CANDIDATE = "candidate"
    """It learned from what people decided, and was never used."""
    TRAINED = "trained"
    SHIPPED = "shipped"
    UNFIT = "does not serve"


@dataclass(frozen=True, slots=True)
class Listed:
    """A model, by its label, or by its folder's name where it has no ``card`` that serves: then
    ``trouble`` says why."""

    name: str
    folder: Path
    role: Role
    card: Card | None = None
    trouble: str | None = None


def used(config: Config) -> Path:
    """The folder of the model that ``config`` reads with: for the name of a network that which was
    promoted last, or the shipped one; for another name the model of that name in the state folder;
    else the folder itself. Raises :class:`ModelError` where what was promoted cannot be told."""
    if config.model in NETWORKS:
        return _folder(config, (promoted(config)[config.model] or [config.model])[-1])
    kept = folder(config) / config.model
    return kept if is_name(config.model) and kept.is_dir() else model_folder(config)


def pinned(config: Config) -> Config:
    """``config`` with the model that it reads with now, whatever is promoted later."""
    return msgspec.structs.replace(config, model=str(used(config).absolute()))


def folder(config: Config) -> Path:
    """Where models are kept."""
    return config.state / "models"


def promoted(config: Config) -> dict[str, list[str]]:
    """For each network the names that were promoted, the latest last."""
    file = folder(config) / PROMOTED
    try:
        found = msgspec.json.decode(file.read_bytes(), type=dict[str, list[str]])
    except FileNotFoundError:
        found = {}
    except PermissionError:
        raise denied(file) from None
    except OSError as error:
        raise TransientError(f"{file}: cannot be read: {error.strerror}.") from error
    except msgspec.DecodeError as error:
        raise ModelError(
            f"{file}: not the list of what was promoted: {error}. Remove it to read with the "
            "shipped models, and promote others with `digitbox models use`."
        ) from error
    return {network: found.get(network, []) for network in NETWORKS}


def listed(config: Config) -> list[Listed]:
    """All models: the shipped ones, those in the state folder, and one elsewhere that is in use."""
    history, now = promoted(config), used(config).absolute()
    before = {_folder(config, name).absolute() for names in history.values() for name in names}

    def role(place: Path, card: Card, otherwise: Role) -> Role:
        if place.absolute() == now:
            return Role.USED
        if otherwise == Role.SHIPPED:
            return otherwise
        if place.absolute() in before:
            return Role.BEFORE
        return Role.CANDIDATE if LEARNED_FROM in card.recipe else otherwise

    found: list[Listed] = []
    for place in _places(config, now):
        try:
            card = read_card(place)
        except ModelError as error:
            if not _is_part(place):
                found.append(Listed(place.name, place, Role.UNFIT, trouble=str(error)))
            continue
        is_shipped = place.parent == SHIPPED_MODELS
        otherwise = Role.SHIPPED if is_shipped else Role.TRAINED
        found.append(Listed(card.label, place, role(place, card, otherwise), card))
    return found


def namesakes(config: Config, name: str, label: str) -> list[str]:
    """The labels of models in folders of that ``name``, other than that with this ``label``: what
    may have been meant by it as well."""
    return [
        one.name
        for one in listed(config)
        if one.card and one.folder.name == name and one.name != label
    ]


def promote(config: Config, name: str) -> Card:
    """Have the network of the model that is listed by that ``name`` stand for it from now on.
    Raises :class:`InputError` where there is none, or it does not serve, or is in use already."""
    wanted = [one for one in listed(config) if name in (one.name, one.folder.name)]
    exact = [one for one in wanted if one.name == name] or wanted
    if not exact:
        raise InputError(f"{name}: no such model. `digitbox models` lists them.")
    chosen = exact[0]
    if chosen.card is None:
        raise InputError(f"{name} does not serve: {chosen.trouble}")
    network = chosen.card.name
    if network not in NETWORKS:
        raise InputError(f"{name} is of the network {network}: there are {', '.join(NETWORKS)}.")
    is_shipped = chosen.folder.parent == SHIPPED_MODELS
    entry = network if is_shipped else _kept(config, chosen.folder, chosen.card)
    history = promoted(config)
    if (history[network] or [network])[-1] == entry:
        hint = "".join(
            f" The model in {folder(config) / name} is {label}: `digitbox models use {label}`."
            for label in namesakes(config, name, chosen.name)
        )
        raise InputError(f"{chosen.name} is what {network} stands for already.{hint}")
    _write(config, history | {network: [*history[network], entry]})
    return chosen.card


def back(config: Config) -> Card:
    """Have the network that ``config`` names stand for the one before; models that do not serve any
    more are passed over, down to the shipped one. Raises :class:`InputError` where there is none.
    """
    network = config.model
    if network not in NETWORKS:
        raise InputError(
            f"The configuration names the model {network}, and no network. Change `model` there."
        )
    history = promoted(config)
    names = history[network]
    if not names:
        raise InputError(f"{network} stands for the shipped model: there is none to go back to.")
    former = [network, *names[:-1]]
    while True:
        try:
            card = read_card(_folder(config, former[-1]))
            break
        except ModelError:
            if len(former) == 1:
                raise
            former.pop()
    _write(config, history | {network: former[1:]})
    return card


def keep(config: Config, draft: Path, label: str) -> Path:
    """Move the model folder ``draft``, which lies in :func:`folder`, to its name there; it survives
    a loss of power from then on."""
    place = folder(config) / label
    if place.exists():  # the same weights, learned again
        shutil.rmtree(draft)
        return place
    for file in draft.iterdir():
        with file.open("rb+") as stream:
            os.fsync(stream.fileno())
    sync_folder(draft)
    draft.rename(place)
    sync_folder(place.parent)
    return place


def revision(config: Config) -> tuple[int, int, int] | None:
    """Is another one after each promotion."""
    try:
        status = (folder(config) / PROMOTED).stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _folder(config: Config, name: str) -> Path:
    return SHIPPED_MODELS / name if name in NETWORKS else folder(config) / name


def _places(config: Config, now: Path) -> Iterator[Path]:
    places = [SHIPPED_MODELS / network for network in NETWORKS]
    if folder(config).is_dir():
        places += sorted(
            one for one in folder(config).iterdir() if one.is_dir() and one.name[0] != "."
        )
    yield from places
    if now not in (place.absolute() for place in places):
        yield now


def _is_part(place: Path) -> bool:
    """Whether it is a finder, or a network of numbers: these serve beside whichever model reads."""
    for classes in (INK, CHARACTERS):
        try:
            return bool(read_card(place, classes))
        except ModelError:
            continue
    return False


def _kept(config: Config, place: Path, card: Card) -> str:
    """The name of a model in the state folder that nobody trains anew: ``place``, or a copy."""
    if place.absolute() != (folder(config) / card.label).absolute():
        make_folder(folder(config))
        draft = Path(tempfile.mkdtemp(dir=folder(config), prefix=".draft-"))
        shutil.copytree(place, draft, dirs_exist_ok=True)
        draft.chmod(folder(config).stat().st_mode & 0o777)  # a temporary folder is its owner's
        keep(config, draft, card.label)
    return card.label


def _write(config: Config, history: dict[str, list[str]]) -> None:
    file = folder(config) / PROMOTED
    try:
        make_folder(file.parent)
        write_whole(file, msgspec.json.encode(history) + b"\n")
    except OSError as error:
        raise TransientError(
            f"{file}: cannot be written: {error.strerror}. Nothing changed."
        ) from error
