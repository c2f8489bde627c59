"""The JSON's schema, as strict as what is written today: what is published lets fields be added,
and those be missing that were."""

import json
from typing import Any

import jsonschema

from tests.conftest import ROOT

PUBLISHED = json.loads((ROOT / "docs" / "output.schema.json").read_text("utf-8"))


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if "required" not in schema:
        return closed
    return closed | {"additionalProperties": False, "required": list(schema["properties"])}


_STRICT = _closed(PUBLISHED)


def check(document: object) -> None:
    """Raise where ``document`` is no batch, or has a field that nobody described."""
    jsonschema.Draft202012Validator(_STRICT).validate(document)


def check_reading(reading: object) -> None:
    """The same for one of its readings."""
    alone = {"$ref": "#/$defs/reading", "$defs": _STRICT["$defs"]}
    jsonschema.Draft202012Validator(alone).validate(reading)
