"""Workbooks, as another program than ours reads them."""

import io
from typing import Any

import pytest

from digitbox.output.workbook import READINGS


def opened(content: bytes) -> Any:
    """The workbook, as another program reads it."""
    openpyxl = pytest.importorskip("openpyxl", reason="what reads a workbook back")
    return openpyxl.load_workbook(io.BytesIO(content))


def read(content: bytes, title: str = READINGS) -> list[dict[str, Any]]:
    """The rows of a sheet, by its header."""
    header, *rows = opened(content)[title].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]
