from pathlib import Path

import pytest

from digitbox.config import (
    SHIPPED_MODELS,
    BatchConfig,
    Config,
    load,
    model_folder,
    render,
    settings,
)
from digitbox.errors import ConfigError
from digitbox.records import Expected


def write(text: str, name: str = "config.yaml") -> Path:
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_the_defaults_hold() -> None:
    assert load() == Config()


def test_an_empty_file_changes_nothing() -> None:
    assert load(write("")) == load(write("# nothing\n"))


def test_the_file_in_the_current_folder_is_taken() -> None:
    write("accept: 0.5\n")
    assert load().accept == 0.5


def test_a_named_file_that_is_missing_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: no such file"):
        load(Path("none.yaml"))


def test_folders_are_relative_to_the_file() -> None:
    file = write("inbox: in\nmodel: models/mine\nstate: /var/lib/x\n", "etc/digitbox.yaml")
    config = load(file)
    assert config.inbox == Path("etc/in")
    assert config.state == Path("/var/lib/x")
    assert config.model == "etc/models/mine"
    assert config.outbox == Path("outbox")


def test_a_folder_beside_the_file_is_no_shipped_model() -> None:
    assert load(write("model: ./cnn\n")).model == "./cnn"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("batchs: 3", r"config\.yaml: batchs: no such key; is `batch\.size` meant\?"),
        ("batch: {sise: 3}", r"batch\.sise: no such key; is `batch\.size` meant"),
        ("colour: red", r"colour: no such key; the keys are inbox, outbox, "),
        ("batch.size: 3", r"`batch\.size` is written in its section: `batch:` and, indented"),
        ("metrics: {port: many}", r"metrics\.port: Expected a whole number or nothing, got text"),
        ("batch: {size: many}", r"batch\.size: Expected a whole number, got text \(files in"),
        ("batch: {size: 0}", r"batch\.size: Expected a whole number >= 1"),
        ("accept: 1.5", r"accept: Expected a number <= 1\.0"),
        ("formats: [xml]", r"formats\[0\]: Invalid enum value 'xml' \(.*csv, json"),
        ("formats: []", r"formats: Expected a list in brackets of length >= 1"),
        ("workers: several", r"workers: Invalid enum value 'several' \(.*auto"),
        ("digits: many", r"digits: Expected `any`, a whole number from 1 to 999, or a range"),
        ("digits: 0", r"yaml: digits: .*, got `0`\.$"),
        ("digits: 6-1", r"digits: .*, got `6-1`"),
        ("digits: 1-", r"digits: .*, got `1-`"),
        ("digits: -6", r"digits: .*, got `-6`"),
        ("digits: 1000", r"digits: .*, got `1000`"),
        ("digits: 2.5", r"digits: Expected a whole number or text, got a number \(.*range as 1-6"),
        ("decimals: -1", r"decimals: Expected `written` or a whole number from 0 .*, got `-1`"),
        ("decimals: two", r"decimals: .*, got `two`"),
        ("sign: 1", r"sign: Expected true or false, got a whole number \(.*minus"),
        ("inbox: 3", r"inbox: Expected a folder's path, got `3`"),
        ("limits: {seconds: .nan}", r"limits\.seconds"),
        ("- a list", r"config\.yaml: Expected a section of keys, got a list in brackets"),
        ("a: [", r"config\.yaml: not valid YAML"),
        ("a: " + "[" * 5000, r"config\.yaml: not valid YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(write(text))


@pytest.mark.parametrize("text", ["on: 1", "1: x", "batch: {yes: 1}", "null: 2"])
def test_a_key_that_yaml_takes_for_something_else_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match=r"\{.*\}: a key is text"):
        load(write(text, "named.yaml"))


def test_a_file_that_holds_itself_is_no_end() -> None:
    with pytest.raises(ConfigError, match=r"batch\.b: no such key"):
        load(write("batch: &a {b: *a}"))


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = "accept: 2\nbatch: {size: 0, sise: 1, rows: many}\ncolour: red\nshade: blue\nworkers: 0"
    environment = {"DIGITBOX_FORM": "", "DIGITBOX_SIZE": "3", "DIGITBOX_ACCEPT": "["}
    with pytest.raises(ConfigError) as raised:
        load(write(text), {"digits": "6-1", "review.port": -1}, environment)
    said = str(raised.value)
    lines = [line for line in said.splitlines() if line.startswith("  ")]
    for number, start in enumerate(
        (
            "  config.yaml: accept: ",
            "  config.yaml: batch.size: ",
            "  config.yaml: batch.sise: ",
            "  config.yaml: batch.rows: ",
            "  config.yaml: colour: ",
            "  config.yaml: shade: ",
            "  config.yaml: workers: ",
            "  DIGITBOX_ACCEPT: ",
            "  DIGITBOX_SIZE: ",
            "  DIGITBOX_FORM: ",
            "  options: digits: ",
            "  options: review.port: ",
        )
    ):
        assert any(line.startswith(start) for line in lines), (number, said)
    assert said.startswith("The configuration has 12 faults:\n")
    assert said.count("the keys are inbox, ") == 1


def test_a_file_that_cannot_be_read_hides_no_other_fault() -> None:
    with pytest.raises(ConfigError, match=r"(?s)none\.yaml: no such file.*DIGITBOX_ACCEPT: accept"):
        load(Path("none.yaml"), environment={"DIGITBOX_ACCEPT": "2"})


@pytest.mark.parametrize(
    "text",
    [
        "server: {port: 80}\ndatabase: {url: x}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
        "model: resnet50\nepochs: 3\nlr: 0.1\ndata: /data\n",
        "- hosts: all\n  tasks: []\n",
        "just a text\n",
        "a: 1\n---\nb: 2\n",
        "port: {{ .Values.port }}\n",
        "theme: minima\nplugins: [a]\n",
        "version: 2.1\njobs: {build: {}}\n",
        "server.port: 80\nspring.name: x\n",
    ],
)
def test_a_file_of_another_program_is_not_taken_for_a_wrong_one_of_ours(text: str) -> None:
    write(text)
    with pytest.raises(ConfigError, match=r"If it is not digitbox's, .*--config") as raised:
        load()
    assert "the keys are" not in str(raised.value)
    assert load(Path("/dev/null")) == Config()


@pytest.mark.parametrize("text", ["watch.settle: 3", "acept: 1", "batchs: {}", "accept: 1\nx: 2"])
def test_a_slip_in_a_file_of_ours_is_not_taken_for_another_programs(text: str) -> None:
    write(text)
    with pytest.raises(ConfigError, match=r"config\.yaml: ") as raised:
        load()
    assert "another program" not in str(raised.value)


def test_variables_that_say_where_services_are_are_not_settings() -> None:
    """As Kubernetes sets them for each service of a namespace, and Docker for each link."""
    environment: dict[str, str] = {}
    for name in ("DIGITBOX", "DIGITBOX_REVIEW", "DIGITBOX_METRICS", "DIGITBOX_A_B"):
        for kind in ("TCP", "UDP", "SCTP"):
            url = f"{kind.lower()}://10.0.0.7:8765"
            port = f"{name}_PORT_8765_{kind}"
            environment |= {
                f"{name}_PORT": url,
                port: url,
                f"{port}_PROTO": kind.lower(),
                f"{port}_PORT": "8765",
                f"{port}_ADDR": "fd00::7",
            }
        environment |= {
            f"{name}_SERVICE_HOST": "10.0.0.7",
            f"{name}_SERVICE_PORT": "8765",
            f"{name}_SERVICE_PORT_HTTP": "8765",
            f"{name}_SERVICE_PORT_HTTP_ALT": "8766",
        }
    assert load(environment=environment) == Config()
    assert load(environment={**environment, "DIGITBOX_REVIEW_PORT": "1"}).review.port == 1
    with pytest.raises(ConfigError, match="DIGITBOX_PORT: no such setting"):
        load(environment={"DIGITBOX_PORT": "8765"})


def test_the_environment_goes_before_the_file() -> None:
    file = write("batch: {size: 3, rows: 4}\naccept: 0.5\n")
    environment = {
        "DIGITBOX_BATCH_SIZE": "7",
        "DIGITBOX_FORMATS": "[csv]",
        "DIGITBOX_OUTBOX": "elsewhere",
        "HOME": "/home/ada",
    }
    config = load(file, environment=environment)
    assert config.batch == BatchConfig(size=7, rows=4)
    assert (config.formats, config.outbox) == (("csv",), Path("elsewhere"))
    assert config.accept == 0.5


def test_a_folder_may_be_called_like_a_number() -> None:
    assert load(environment={"DIGITBOX_OUTBOX": "2024"}).outbox == Path("2024")


def test_an_option_goes_before_the_environment() -> None:
    environment = {"DIGITBOX_ACCEPT": "0.2"}
    assert load(options={"accept": 0.3}, environment=environment).accept == 0.3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Expected()),
        ("digits: any\ndecimals: written\nsign: false", Expected()),
        ("digits: 4", Expected(4, 4)),
        ("digits: '04'", Expected(4, 4)),
        ("digits: 1-6", Expected(1, 6)),
        ("decimals: 0", Expected(decimals=0)),
        ("decimals: 2\nsign: true", Expected(decimals=2, sign=True)),
    ],
)
def test_what_values_look_like_is_taken_from_three_settings(text: str, expected: Expected) -> None:
    assert load(write(text)).expected == expected


def test_what_values_look_like_may_be_said_everywhere() -> None:
    environment = {"DIGITBOX_DIGITS": "4", "DIGITBOX_DECIMALS": "2", "DIGITBOX_SIGN": "true"}
    assert load(environment=environment).expected == Expected(4, 4, 2, True)
    options = {"digits": "1-6", "decimals": "0", "sign": False}
    assert load(options=options, environment=environment).expected == Expected(1, 6, 0, False)


def test_every_key_has_its_variable() -> None:
    for setting in settings():
        assert setting.variable == "DIGITBOX_" + setting.key.replace(".", "_").upper()


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("DIGITBOX_BATCH_SISE", "3", "DIGITBOX_BATCH_SISE: no such setting"),
        ("DIGITBOX_BATCH_SIZE", "-1", "DIGITBOX_BATCH_SIZE: batch.size: Expected a whole number"),
        ("DIGITBOX_FORMATS", "[", "DIGITBOX_FORMATS: not valid YAML"),
        ("DIGITBOX_ACCEPT", "2024-13-45", "DIGITBOX_ACCEPT: not valid YAML"),
        ("DIGITBOX_DIGITS", "6-1", "DIGITBOX_DIGITS: digits: Expected `any`, a whole number"),
        ("DIGITBOX_LIMITS_BYTES", "9" * 20, "DIGITBOX_LIMITS_BYTES"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(environment={variable: value})


def test_what_is_rendered_reads_back_the_same() -> None:
    config = load(options={"accept": 0.75, "batch.size": 3, "formats": ["json"], "workers": 2})
    assert load(write(render(config), "again.yaml")).accept == 0.75
    assert render(load(write(render(config)))) == render(config)


def test_the_token_is_not_rendered() -> None:
    token = "correct horse battery"
    config = load(options={"review.token": token})
    text = render(config)
    assert token not in text
    assert "  token: null  # it is set, and not shown  # what opens" in text
    assert load(write(text)) == load()


def test_models_are_found_by_name_and_by_folder() -> None:
    assert model_folder(load(options={"model": "mlp"})) == SHIPPED_MODELS / "mlp"
    assert model_folder(load(options={"model": "my/mlp"})) == Path("my/mlp")
    assert model_folder(load(options={"model": "none"})) == Path("none")
