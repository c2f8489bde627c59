"""Figures → what JSON can hold."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from digitbox.evaluation.metrics import Share


def serialized(value: Any) -> Any:
    """Dataclasses and mappings as objects, tuples as arrays, a share with its value and its
    interval, NaN as null."""
    if isinstance(value, Share):
        return {
            "right": value.right,
            "total": value.total,
            "share": serialized(value.value),
            "interval": list(value.interval),
        }
    if is_dataclass(value):
        return {field.name: serialized(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): serialized(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [serialized(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
