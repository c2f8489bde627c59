"""``config.yaml``, the environment and options → one frozen, validated :class:`Config`.

Every setting, its default, its range and its one line of explanation stand here and nowhere else;
``config.yaml`` and the table in ``docs/configuration.md`` are held to it by tests.
"""

import difflib
import functools
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from digitbox.errors import ConfigError
from digitbox.expectations import expectation
from digitbox.faults import plainly
from digitbox.records import Expected

DEFAULT_FILE = Path("config.yaml")
STANDARD_INPUT = Path("-")
NOT_OURS = (
    "The file of that name in the current folder is taken. If it is not digitbox's, work in "
    f"another folder, or name a file with --config ({os.devnull}: the defaults)."
)
ENVIRONMENT_PREFIX = "DIGITBOX_"
FOLDERS = ("inbox", "outbox", "state", "forms", "originals.done", "originals.failed")

SHIPPED_MODELS = Path(__file__).parent / "models"
FINDER = SHIPPED_MODELS / "finder"
"""The finder of ink is part of the preprocessing: there is one, and every model is trained on what
it finds."""
NUMBERS = (SHIPPED_MODELS / "numbers-1", SHIPPED_MODELS / "numbers-2")
"""The networks of numbers: there are these two, whichever model reads single digits."""


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class WatchConfig(_Section, frozen=True):
    events: Annotated[
        Literal["auto", "polling"],
        Meta(description="what wakes the service; auto: the system's events if any; or polling"),
    ] = "auto"
    settle: Annotated[
        float,
        Meta(ge=0, le=86_400, description="seconds after a file's last change until it is read"),
    ] = 2.0
    complete: Annotated[
        Literal["auto", "settled"],
        Meta(
            description="auto: what is moved in, or closed in a format of one page, is read at "
            "once; settled: never"
        ),
    ] = "auto"
    patience: Annotated[
        float,
        Meta(ge=0, le=86_400, description="seconds until one that does not decode has failed"),
    ] = 60.0
    rescan: Annotated[
        float, Meta(gt=0, le=86_400, description="seconds between two looks at the whole inbox")
    ] = 30.0
    poll: Annotated[
        float,
        Meta(gt=0, le=86_400, description="seconds between two looks where there are no events"),
    ] = 1.0


class BatchConfig(_Section, frozen=True):
    size: Annotated[
        int, Meta(ge=1, le=1_000_000, description="files in one batch of the service, at most")
    ] = 1_000
    wait: Annotated[
        float, Meta(ge=0, le=86_400, description="seconds that a ready file waits for others")
    ] = 0.01
    seconds: Annotated[
        float, Meta(gt=0, le=86_400, description="seconds that a reading waits to be published")
    ] = 10.0
    rows: Annotated[
        int, Meta(ge=1, le=1_000_000, description="rows in one file of the outbox, about")
    ] = 10_000
    chunk: Annotated[
        int, Meta(ge=1, le=4096, description="files that a worker reads at a time")
    ] = 64


class OriginalsConfig(_Section, frozen=True):
    action: Annotated[
        Literal["move", "keep", "delete"],
        Meta(description="what becomes of a file once its row is published: move, keep or delete"),
    ] = "move"
    done: Annotated[Path, Meta(description="where files that were read are moved")] = Path(
        "originals/done"
    )
    failed: Annotated[Path, Meta(description="where files that could not be read are moved")] = (
        Path("originals/failed")
    )


class LimitsConfig(_Section, frozen=True):
    pixels: Annotated[int, Meta(ge=1, le=2**40, description="largest page, width times height")] = (
        100_000_000
    )
    pages: Annotated[int, Meta(ge=1, le=2**31, description="pages of one file, at most")] = 10_000
    bytes: Annotated[int, Meta(ge=1, le=2**40, description="largest file")] = 256_000_000
    seconds: Annotated[
        float, Meta(gt=0, le=86_400, description="longest time that a page may take")
    ] = 20.0
    memory: Annotated[
        int,
        Meta(ge=64_000_000, le=2**50, description="bytes of memory that one file may take (Linux)"),
    ] = 2_000_000_000


class ShutdownConfig(_Section, frozen=True):
    seconds: Annotated[
        float, Meta(ge=0, le=86_400, description="longest time to finish the batch in flight")
    ] = 30.0


class MetricsConfig(_Section, frozen=True):
    port: Annotated[
        Annotated[int, Meta(ge=1, le=65_535)] | None,
        Meta(description="port on 127.0.0.1 for Prometheus and /healthz; null: none"),
    ] = None


class HealthConfig(_Section, frozen=True):
    seconds: Annotated[
        float, Meta(gt=0, le=86_400, description="a service silent for so long counts as hanging")
    ] = 60.0


class HookConfig(_Section, frozen=True):
    seconds: Annotated[
        float, Meta(gt=0, le=86_400, description="longest time that the command may take")
    ] = 60.0


class ReviewConfig(_Section, frozen=True):
    host: Annotated[str, Meta(min_length=1, description="address that the pages listen on")] = (
        "127.0.0.1"
    )
    port: Annotated[
        int, Meta(ge=0, le=65_535, description="port that the pages listen on; 0: any free one")
    ] = 8765
    token: Annotated[
        Annotated[str, Meta(min_length=16)] | None,
        Meta(description="what opens the pages, 16 characters or more; null: made where needed"),
    ] = None
    names: Annotated[
        tuple[str, ...],
        Meta(description="names that the pages are reached by, besides this machine's own"),
    ] = ()
    proxy: Annotated[
        bool,
        Meta(
            description="whether a proxy stands before the pages and says who asks, and by TLS or "
            "not"
        ),
    ] = False
    keep_frames: Annotated[
        bool,
        Meta(description="whether the ledger keeps what the network saw of what goes to review"),
    ] = True


class Config(_Section, frozen=True):
    inbox: Annotated[Path, Meta(description="where images are dropped")] = Path("inbox")
    outbox: Annotated[Path, Meta(description="where the tables appear")] = Path("outbox")
    state: Annotated[Path, Meta(description="what digitbox keeps for itself, on a local disk")] = (
        Path("state")
    )
    model: Annotated[
        str,
        Meta(description="cnn or mlp, as promoted last; a name in the state folder; or a folder"),
    ] = "cnn"
    accept: Annotated[
        float, Meta(ge=0, le=1, description="confidence from which no person needs to look")
    ] = 0.95
    digits: Annotated[
        int | str,
        Meta(description="how many digits a number has: any, a number, or a range as 1-6"),
    ] = "any"
    decimals: Annotated[
        int | str,
        Meta(description="how many decimals it has at most; 0: none; written: separators stay"),
    ] = "written"
    sign: Annotated[bool, Meta(description="whether a minus may stand before it")] = False
    forms: Annotated[
        Path, Meta(description="where the forms are, each in a folder of its name")
    ] = Path("forms")
    form: Annotated[
        Annotated[str, Meta(min_length=1)] | None,
        Meta(
            description="a form, or auto; null: that of the subfolder that a file lies in, if any"
        ),
    ] = None
    formats: Annotated[
        tuple[Literal["csv", "json", "xlsx"], ...],
        Meta(min_length=1, description="what is written to the outbox: csv, json, xlsx"),
    ] = ("csv", "json")
    workers: Annotated[
        Annotated[int, Meta(ge=1, le=1024)] | Literal["auto"],
        Meta(description="how many processes read; auto: one for each core that may be used"),
    ] = "auto"
    follow_symlinks: Annotated[
        bool, Meta(description="whether links in a folder are read as what they point to")
    ] = False
    on_batch: Annotated[
        tuple[str, ...],
        Meta(description="command and arguments to run with each batch's files; []: none"),
    ] = ()
    watch: WatchConfig = WatchConfig()
    batch: BatchConfig = BatchConfig()
    originals: OriginalsConfig = OriginalsConfig()
    limits: LimitsConfig = LimitsConfig()
    hook: HookConfig = HookConfig()
    shutdown: ShutdownConfig = ShutdownConfig()
    health: HealthConfig = HealthConfig()
    metrics: MetricsConfig = MetricsConfig()
    review: ReviewConfig = ReviewConfig()

    @property
    def expected(self) -> Expected:
        """What values look like."""
        return expectation(self.digits, self.decimals, self.sign)

    def absolute(self) -> "Config":
        """The same, with folders that mean the same from anywhere."""
        originals = msgspec.structs.replace(
            self.originals,
            done=self.originals.done.absolute(),
            failed=self.originals.failed.absolute(),
        )
        return msgspec.structs.replace(
            self,
            inbox=self.inbox.absolute(),
            outbox=self.outbox.absolute(),
            state=self.state.absolute(),
            forms=self.forms.absolute(),
            originals=originals,
        )


class Setting(msgspec.Struct, frozen=True):
    """A key of the configuration, for people: ``batch.size``, its default and its explanation."""

    key: str
    default: Any
    comment: str

    @property
    def variable(self) -> str:
        """The environment variable that overrides it."""
        return ENVIRONMENT_PREFIX + self.key.upper().replace(".", "_")


def settings() -> Iterator[Setting]:
    """Every key of the configuration, in the order of ``config.yaml``."""
    yield from _settings(Config, "")


def load(
    file: Path | None = None,
    options: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Config:
    """Return the configuration: what ``options`` say (by key: ``{"batch.size": 8}``), else
    ``environment`` (default: the process's), else the file, else the defaults.

    ``file`` None means ``./config.yaml`` where there is one, ``-`` standard input. Relative folders
    in a file are relative to it, others to the current folder. Raises :class:`ConfigError` with all
    that is wrong: where, and what was expected.
    """
    is_found = file is None and DEFAULT_FILE.is_file()
    if is_found:
        file = DEFAULT_FILE
    config: dict[str, Any] = {}
    wrong: list[str] = []
    if file is not None:
        try:
            layer = _read(file, is_found)
            if is_found:
                _check_is_ours(layer)
        except ConfigError as error:
            wrong.append(str(error))
        else:
            if found := _faults(layer):
                wrong += [f"{file}: {fault}" for fault in found]
            else:
                _merge(config, _anchored(layer, file.parent))
    given = [("options", key, value) for key, value in (options or {}).items()]
    for origin, key, value in (
        *_from_environment(os.environ if environment is None else environment, wrong),
        *given,
    ):
        layer = value
        for part in reversed(key.split(".")):
            layer = {part: layer}
        if found := _faults(layer):
            wrong += [f"{origin}: {fault}" for fault in found]
        else:
            _merge(config, layer)
    if wrong:
        raise ConfigError(_together(wrong))
    return _convert(config)


def render(config: Config) -> str:
    """``config`` as the text of a ``config.yaml``, each key with its explanation; without the
    token, which is nobody else's business."""
    import yaml

    lines = ["# The settings of digitbox. Relative folders are relative to this file."]
    section = ""
    for setting in settings():
        *parents, name = setting.key.split(".")
        if parents and parents[0] != section:
            section = parents[0]
            lines.append(f"{section}:")
        value: Any = config
        for part in (*parents, name):
            value = getattr(value, part)
        is_hidden = setting.key == "review.token" and value is not None
        text = _yaml_value(msgspec.to_builtins(value, enc_hook=str), yaml)
        line = f"{name}: null  # it is set, and not shown" if is_hidden else f"{name}: {text}"
        lines.append(f"{'  ' * len(parents)}{line}  # {setting.comment}")
    return "\n".join(lines) + "\n"


def model_folder(config: Config) -> Path:
    """The folder of ``config.model``: a shipped model by its name, else a folder by its path. Which
    model is promoted: see :mod:`digitbox.models.registry`."""
    shipped = SHIPPED_MODELS / config.model
    return shipped if is_name(config.model) and shipped.is_dir() else Path(config.model)


def is_name(model: str) -> bool:
    """Whether it is the name of a model, and no path of a folder."""
    return bool(model) and not {"/", os.sep, "."} & set(model)


def _settings(struct: type[msgspec.Struct], prefix: str) -> Iterator[Setting]:
    for field in msgspec.structs.fields(struct):
        if isinstance(field.default, _Section):
            yield from _settings(type(field.default), f"{field.name}.")
            continue
        info = msgspec.inspect.type_info(field.type)
        comment = (getattr(info, "extra_json_schema", None) or {})["description"]
        yield Setting(prefix + field.name, field.default, comment)


def _read(file: Path, is_found: bool) -> Any:
    """What stands in ``file``, which was named unless it ``is_found`` in the current folder."""
    import yaml

    try:
        text = _standard_input() if file == STANDARD_INPUT else file.read_text(encoding="utf-8")
        content = yaml.safe_load(text)
    except FileNotFoundError:
        raise ConfigError(
            f"{file}: no such file. Leave --config out to use the defaults."
        ) from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        hint = f" {NOT_OURS}" if is_found else ""
        raise ConfigError(f"{file}: not valid YAML: {error}{hint}") from error
    return {} if content is None else content


@functools.cache  # it is asked for again where the configuration is loaded anew
def _standard_input() -> str:
    return sys.stdin.buffer.read().decode("utf-8")


def _check_is_ours(content: Any) -> None:
    """Raise :class:`ConfigError` where ``config.yaml`` was found in the current folder and seems to
    be another program's: many have a file of that name."""
    known = {setting.key.partition(".")[0] for setting in settings()}
    if isinstance(content, dict):
        unknown = [
            str(key)
            for key in content
            if not difflib.get_close_matches(str(key).partition(".")[0], known, n=1, cutoff=0.75)
        ]
        if 2 * len(unknown) <= len(content):
            return
        why = f"digitbox has no key {', '.join(unknown[:5])}"
    else:
        why = "it has no keys"
    raise ConfigError(
        f"{DEFAULT_FILE.absolute()} seems to be the configuration of another program: {why}. "
        f"{NOT_OURS}"
    )


def _from_environment(
    environment: Mapping[str, str], wrong: list[str]
) -> Iterator[tuple[str, str, Any]]:
    """Variable, key and value of each setting; what is wrong is added to ``wrong``."""
    import yaml

    keys = {setting.variable: setting for setting in settings()}
    for variable, text in sorted(environment.items()):
        if not variable.startswith(ENVIRONMENT_PREFIX) or _is_of_a_service(variable, text):
            continue
        if variable not in keys:
            wrong.append(
                f"{variable}: no such setting; the variables are {', '.join(sorted(keys))}."
            )
            continue
        try:
            # Taken as it is, so that a folder may be called 2024.
            is_text = keys[variable].key in (
                *FOLDERS,
                "model",
                "form",
                "review.host",
                "review.token",
            )
            yield variable, keys[variable].key, text if is_text else yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            wrong.append(f"{variable}: not valid YAML: {error}")


def _is_of_a_service(variable: str, text: str) -> bool:
    """Whether Kubernetes (or a link of Docker's) has set it, to say where a service is that is
    called ``digitbox``, or ``digitbox-…``: ``DIGITBOX_REVIEW_PORT`` is a setting, but not
    ``tcp://10.0.0.7:8765``."""
    return bool(
        re.search(r"_SERVICE_HOST$|_SERVICE_PORT(_|$)|_PORT_\d+_(TCP|UDP|SCTP)(_|$)", variable)
        or (variable.endswith("_PORT") and re.match("(tcp|udp|sctp)://", text))
    )


def _faults(layer: Any) -> list[str]:
    """All that is wrong with ``layer``, each key by itself."""
    wrong = []
    for part in _parts(layer) if isinstance(layer, dict) else [layer]:
        try:
            _convert(part)
        except ConfigError as error:
            wrong.append(str(error))
    if not wrong:
        try:
            _convert(layer)
        except ConfigError as error:
            wrong.append(str(error))
    return wrong


def _parts(layer: dict[Any, Any], has_sections: bool = True) -> Iterator[dict[Any, Any]]:
    """Each key of ``layer`` in a layer of its own."""
    for name, value in layer.items():
        if has_sections and isinstance(value, dict) and value:
            yield from ({name: part} for part in _parts(value, False))
        else:
            yield {name: value}


def _together(wrong: Sequence[str]) -> str:
    """What is ``wrong`` as one message; which keys there are is said once."""
    if len(wrong) == 1:
        return wrong[0]
    lines: list[str] = []
    for fault in reversed(wrong):
        line, semicolon, rest = fault.partition("; the ")
        is_said = bool(rest) and any(rest in other for other in lines)
        lines.append(f"{line}." if is_said else f"{line}{semicolon}{rest}")
    return "\n  ".join([f"The configuration has {len(wrong)} faults:", *reversed(lines)])


def _convert(content: Any) -> Config:
    try:
        config = msgspec.convert(content, Config, dec_hook=_decode_path)
    except msgspec.ValidationError as error:
        # msgspec puts the place behind the message: "Expected … - at `$.batch.size`".
        message, _, place = str(error).partition(" - at ")
        key = place.strip("`").removeprefix("$").removeprefix(".")
        comments = {setting.key: setting.comment for setting in settings()}
        if place.startswith("`key` in "):  # YAML takes `on` for true, and 1 for a number
            raise ConfigError(f"{content}: a key is text.") from None
        if unknown := re.fullmatch("Object contains unknown field `(.*)`", message):
            raise ConfigError(_unknown(key, unknown[1], list(comments))) from None
        message = re.sub("`([a-z]+(?: [|] [a-z]+)*)`", plainly, message)
        about = comments.get(key.partition("[")[0], f"the keys are {', '.join(comments)}")
        raise ConfigError(f"{key + ': ' if key else ''}{message} ({about}).") from None
    try:
        expectation(config.digits, config.decimals, config.sign)
    except ValueError as error:
        raise ConfigError(f"{error}.") from None
    return config


def _unknown(section: str, name: str, keys: Sequence[str]) -> str:
    """What to say of a key that there is not."""
    if name in keys:
        outer, _, inner = name.partition(".")
        return f"`{name}` is written in its section: `{outer}:` and, indented below, `{inner}:`."
    key = f"{section}.{name}" if section else name
    near = difflib.get_close_matches(key, keys, n=1)
    hint = f"is `{near[0]}` meant?" if near else f"the keys are {', '.join(keys)}."
    return f"{key}: no such key; {hint}"


def _decode_path(type_: type, value: object) -> object:
    if type_ is Path and isinstance(value, str | Path) and str(value):
        return Path(value)
    raise ValueError(f"Expected a folder's path, got `{value!r}`")


def _anchored(layer: dict[str, Any], base: Path, above: str = "") -> dict[str, Any]:
    """Folders, and a model that is a folder, relative to ``base``."""
    anchored = dict(layer)
    for name, value in layer.items():
        key = above + name
        if isinstance(value, dict):
            anchored[name] = _anchored(value, base, f"{key}.")
        elif key in FOLDERS:
            anchored[name] = str(base / value)
        elif key == "model" and re.search(r"[/\\.]", value):
            anchored[name] = os.path.join(base, Path(value))  # ./cnn is no name
    return anchored


def _merge(config: dict[str, Any], layer: dict[str, Any]) -> None:
    for key, value in layer.items():
        if isinstance(value, dict) and isinstance(config.get(key), dict):
            _merge(config[key], value)
        else:
            config[key] = value


def _yaml_value(value: Any, yaml: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:_}" if value >= 10_000 else str(value)
    text: str = yaml.safe_dump(value, default_flow_style=True)
    return text.removesuffix("\n...\n").strip()
