"""What is said of whole pages of forms: under which name, and where nothing can be said."""

import re

from digitbox.records import Reason

CUT_SHORT = frozenset(
    (Reason.TOO_MANY_PAGES, Reason.TIMEOUT, Reason.MEMORY, Reason.DECODER_CRASHED)
)
"""What ends a document: nothing is known of its pages from there on."""


def page_field(which: int) -> str:
    """What stands for a field in a reading about a whole page of a form: ``page.2``. No field has
    such a name: that of a table's cell has three parts."""
    return f"page.{which}"


def is_page_field(field: str | None) -> bool:
    """Whether ``field`` stands for a whole page, see :func:`page_field`."""
    return re.fullmatch(r"page\.[0-9]+", field or "") is not None
