"""What is exported, for programs that embed it."""

import io
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from PIL import Image

import digitbox
from digitbox.config import SHIPPED_MODELS, load
from digitbox.records import Expected
from tests.conftest import ROOT, read_files
from tests.pages import encoded, sheet

SAMPLE = ROOT / "samples" / "tilted.jpg"


@pytest.fixture(scope="module")
def reader() -> digitbox.Reader:
    return digitbox.Reader("mlp")


def test_what_is_exported_is_this_and_nothing_else() -> None:
    assert digitbox.__all__ == [
        "Box", "ConfigError", "ConflictError", "Digit", "DigitboxError", "InputError",
        "LedgerError", "LockError", "ModelError", "OutboxError", "Reader", "Reading", "Reason",
        "Status", "TrainingError", "TransientError", "__version__", "read",
    ]  # fmt: skip
    for name in digitbox.__all__:
        assert getattr(digitbox, name) is not None
    assert set(digitbox.__all__) <= set(dir(digitbox))
    with pytest.raises(AttributeError, match="no attribute 'Pool'"):
        digitbox.Pool  # noqa: B018


@pytest.mark.parametrize("name", sorted(set(digitbox.__all__) - {"__version__"}))
def test_what_is_exported_says_what_it_is(name: str) -> None:
    assert getattr(digitbox, name).__doc__


def test_types_are_part_of_the_package() -> None:
    assert (Path(digitbox.__file__).parent / "py.typed").is_file()


def test_whatever_an_image_is_given_as_it_reads_the_same(reader: digitbox.Reader) -> None:
    page = sheet(7)
    content = encoded(page)
    colour = np.repeat(page[:, :, None], 3, axis=2)
    file = Path("seven.png")
    file.write_bytes(content)
    sources: list[Any] = [
        file, str(file), content, bytearray(content), memoryview(content), io.BytesIO(content),
        Image.fromarray(page), Image.fromarray(colour), page, colour, page[::-1][::-1],
    ]  # fmt: skip
    expected = reader.read(file)
    assert [reading.value for reading in expected] == ["7"]
    for source in sources:
        assert reader.read(source) == expected
    with file.open("rb") as opened:
        assert reader.read(opened) == expected


def test_it_reads_what_the_command_reads() -> None:
    names = sorted(path.name for path in (ROOT / "samples").iterdir() if path.is_file())
    files = read_files(ROOT / "samples", names, load(options={"workers": 1, "model": "mlp"}))
    reader = digitbox.Reader("mlp")
    assert [reader.read(ROOT / "samples" / name) for name in names] == [
        file.readings for file in files
    ]


def test_a_document_has_a_reading_for_each_page(reader: digitbox.Reader) -> None:
    first, second = (Image.fromarray(sheet(value)) for value in (1, 2))
    content = encoded(first, "TIFF", save_all=True, append_images=[second])
    assert [(one.page, one.value) for one in reader.read(content)] == [(1, "1"), (2, "2")]


def test_what_an_image_holds_raises_nothing(reader: digitbox.Reader) -> None:
    small = digitbox.Reader("mlp", max_pixels=100)
    for found, reason in (
        (reader.read(b""), digitbox.Reason.EMPTY),
        (reader.read(b"no image"), digitbox.Reason.NOT_AN_IMAGE),
        (reader.read(encoded(sheet(3))[:900]), digitbox.Reason.TRUNCATED),
        (small.read(encoded(sheet(3))), digitbox.Reason.TOO_MANY_PIXELS),
        (small.read(sheet(3)), digitbox.Reason.TOO_MANY_PIXELS),
    ):
        assert [(one.status, one.reason) for one in found] == [(digitbox.Status.FAILED, reason)]


def test_an_image_that_lies_is_read_upright_and_left_as_it_is(reader: digitbox.Reader) -> None:
    upright = Image.fromarray(sheet(7))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees, clockwise
    stream = io.BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(stream, "PNG", exif=exif)
    lying = Image.open(stream)
    before = lying.size
    (reading,) = reader.read(lying)
    assert (reading.value, (reading.width, reading.height)) == ("7", upright.size)
    assert (lying.size, lying.mode) == (before, "L")


@pytest.mark.parametrize(
    "source",
    [
        np.zeros((28, 28), np.float32),
        np.zeros((28, 28, 4), np.uint8),
        np.zeros((0, 28), np.uint8),
        np.zeros(28, np.uint8),
    ],
)
def test_an_array_that_is_no_image_is_refused(reader: digitbox.Reader, source: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"uint8 \[H, W\]"):
        reader.read(source)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (0, 0)])
@pytest.mark.parametrize("mode", ["L", "RGB", "1"])
def test_an_image_without_pixels_is_refused(
    reader: digitbox.Reader, mode: str, size: tuple[int, int]
) -> None:
    with pytest.raises(ValueError, match="holds nothing"):
        reader.read(Image.new(mode, size))


def test_what_cannot_be_read_is_refused_with_what_can(reader: digitbox.Reader) -> None:
    with pytest.raises(digitbox.InputError, match=r"none\.png: cannot be read: No such file"):
        reader.read("none.png")
    with pytest.raises(TypeError, match="Give a path, bytes, a file"):
        reader.read(7)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="'rb'"):
        reader.read(io.StringIO("text"))  # type: ignore[arg-type]


def test_a_model_is_a_name_or_a_folder() -> None:
    by_folder = digitbox.Reader(SHIPPED_MODELS / "mlp")
    assert by_folder.read(SAMPLE) == digitbox.Reader("mlp").read(SAMPLE)
    with pytest.raises(digitbox.ModelError, match="no such model"):
        digitbox.Reader("none")
    for name in ("finder", "numbers-1", "numbers-2"):
        with pytest.raises(digitbox.ModelError, match=f"{name} is no model"):
            digitbox.Reader(name)


def test_what_is_accepted_is_up_to_the_caller() -> None:
    (reading,) = digitbox.Reader("mlp", accept=1.0).read(SAMPLE)
    assert reading.reason is digitbox.Reason.LOW_CONFIDENCE
    (reading,) = digitbox.Reader("mlp", accept=0.0).read(SAMPLE)
    assert reading.status is digitbox.Status.ACCEPTED
    with pytest.raises(ValueError, match="from 0 to 1"):
        digitbox.Reader("mlp", accept=95)


def test_what_values_look_like_is_up_to_the_caller() -> None:
    reader = digitbox.Reader("mlp", digits="1-6", decimals=2, sign=True)
    assert reader._reader._standards.expected == Expected(1, 6, 2, True)
    assert digitbox.Reader("mlp")._reader._standards.expected == Expected()
    with pytest.raises(ValueError, match=r"digits: Expected `any`, .*, got `6-1`"):
        digitbox.Reader("mlp", digits="6-1")
    with pytest.raises(ValueError, match="decimals: Expected `written` or a whole number"):
        digitbox.Reader("mlp", decimals=-1)


def test_several_threads_may_share_a_reader(reader: digitbox.Reader) -> None:
    pages = [sheet(number % 10) for number in range(40)]
    expected = [reader.read(page) for page in pages]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(reader.read, pages)) == expected


def test_the_plain_function_loads_the_networks_once() -> None:
    script = (
        f"import digitbox, time; image = open({str(SAMPLE)!r}, 'rb').read()\n"
        "times = []\n"
        "for _ in range(3):\n"
        "    begun = time.perf_counter(); (found,) = digitbox.read(image)\n"
        "    times.append(time.perf_counter() - begun)\n"
        "assert found.value == '7' and times[0] > 5 * times[2], times\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_to_import_it_costs_little_and_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'cv2', 'onnxruntime', 'PIL', 'msgspec', 'click', 'tensorflow'}"
    script = f"import sys, digitbox; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0

    def seconds(code: str) -> float:
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - begun

    pairs = [(seconds("import digitbox"), seconds("pass")) for _ in range(7)]
    assert median(one - other for one, other in pairs) < 0.1
