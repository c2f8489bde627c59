"""Models like the shipped ones, with another hash."""

import hashlib
import json
import shutil
from pathlib import Path

from digitbox.config import SHIPPED_MODELS
from digitbox.recognition.card import Card, read_card


def variant(folder: Path, maker: str, **recipe: str) -> Card:
    """Write to ``folder`` the shipped ``mlp`` as another ``maker`` has signed it, with more in its
    recipe."""
    shutil.copytree(SHIPPED_MODELS / "mlp", folder)
    signature = maker.encode()
    # In protobuf the last of several fields holds: field 2 of a model is who produced it.
    content = (folder / "model.onnx").read_bytes() + b"\x12" + bytes([len(signature)]) + signature
    return rewrite(folder, content, **recipe)


def corrupt(folder: Path) -> Card:
    """Write to ``folder`` a model whose card is right, and which nobody can load."""
    shutil.copytree(SHIPPED_MODELS / "mlp", folder)
    return rewrite(folder, b"no model")


def rewrite(folder: Path, content: bytes, **recipe: str) -> Card:
    card = json.loads((folder / "card.json").read_bytes())
    card["model_sha256"] = hashlib.sha256(content).hexdigest()
    card["recipe"] |= recipe
    (folder / "model.onnx").write_bytes(content)
    (folder / "card.json").write_text(json.dumps(card))
    return read_card(folder)
