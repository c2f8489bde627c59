"""All test images of Pillow, and those of PngSuite that pypng carries, read at one go.

Run by hand, from the root of the repository, with the source distributions of both:

    python -m pip download --no-binary :all: --no-deps pillow pypng
    python -m benchmarks.suites pillow-*.tar.gz pypng-*.tar.gz

Ends with 1 unless every file has its rows, the run ends with 0 and writes nothing to standard
error, and no file is refused that Pillow opens and whose format is claimed. What is refused for
its pixels or its compression is named, and so is what Pillow cannot load itself.
"""

import argparse
import ast
import binascii
import json
import subprocess
import sys
import tarfile
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from PIL import Image, UnidentifiedImageError

DAMAGED = ("pillow/hopper_bad_exif.jpg",)
"""Files that Pillow loads, and of whose pictures libjpeg reports that they are damaged: this one
has 1,214 bytes more than its first rows need."""

CLAIMED = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")


def main() -> int:
    parser = argparse.ArgumentParser(description="Read the test images of Pillow and PngSuite.")
    parser.add_argument("archive", nargs="+", type=Path, help="a source distribution")
    archives = parser.parse_args().archive
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        inputs = root / "images"
        for archive in archives:
            unpack(archive, inputs)
        return read(root, inputs)


def unpack(archive: Path, folder: Path) -> None:
    """Put the images of a source distribution into ``folder``, below its name."""
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isfile() else None
            place = PurePosixPath(member.name)
            if file is None:
                continue
            if "/Tests/images/" in member.name:
                content = {"/".join(place.parts[3:]): file.read()}
            elif place.name == "pngsuite.py":
                content = dict(png_suite(file.read().decode()))
            else:
                continue
            for name, data in content.items():
                target = folder / archive.name.split("-")[0] / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)


def png_suite(source: str) -> Iterator[tuple[str, bytes]]:
    """The images of pypng's ``pngsuite.py``, which has them in hexadecimal; it is not run."""
    for node in ast.walk(ast.parse(source)):
        pairs = zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ()
        for key, value in pairs:
            match key, value:
                case ast.Constant(str(name)), ast.Call(args=[ast.Constant(bytes(digits))]):
                    yield f"{name}.png", binascii.unhexlify(digits.replace(b"\n", b""))


def read(root: Path, inputs: Path) -> int:
    command = [sys.executable, "-m", "digitbox", "batch", "--quiet", "--format", "json", "images"]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    published = sorted((root / "outbox").glob("*.json"))
    batches = [json.loads(path.read_text("utf-8")) for path in published]
    rows = [row for batch in batches for row in batch["readings"]]
    files = {str(path.relative_to(inputs)) for path in inputs.rglob("*") if path.is_file()}
    pages = Counter((row["file"], row["page"]) for row in rows)
    missing = sorted(files - {name for name, _ in pages})
    twice = sorted(name for (name, _), count in pages.items() if count > 1)
    failed = {row["file"]: row["reason"] for row in rows if row["status"] == "failed"}
    print(f"{len(files)} files, {len(rows)} rows, exit {run.returncode}")
    print(Counter(row["reason"] or row["status"] for row in rows))
    refused = []
    for name, reason in sorted(failed.items()):
        is_opened = opens(inputs / name)
        if is_opened is not None:
            print(f"{name}: {reason}; Pillow {'loads it' if is_opened else 'fails, too'}")
        if is_opened and name not in DAMAGED:
            refused.append(name)
    for what, found in (("no row", missing), ("two rows", twice), ("refused", refused)):
        print(f"{what}: {', '.join(found) or 'none'}")
    print(f"standard error: {run.stderr or 'nothing'}")
    return int(bool(missing or twice or refused or run.returncode or run.stderr))


def opens(path: Path) -> bool | None:
    """Whether Pillow loads all pages of a file; None where its format is not claimed."""
    warnings.simplefilter("ignore")
    try:
        with Image.open(path, formats=CLAIMED) as image:
            for frame in range(getattr(image, "n_frames", 1) if image.format == "TIFF" else 1):
                image.seek(frame)
                image.load()
    except UnidentifiedImageError:
        return None
    except Exception:  # whatever a decoder throws
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
