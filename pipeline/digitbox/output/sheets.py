"""The rows of a batch → the records of its forms: one a page, with the values of all its fields."""

from collections.abc import Iterator
from dataclasses import dataclass

from digitbox.form_pages import is_page_field
from digitbox.records import Batch, FormFields, Row, Source, Status

LOOK_AT = (Status.REVIEW, Status.NOT_DIGIT)
"""What a person should look at: what nobody can read, too, so that it is not taken for blank."""


@dataclass(frozen=True, slots=True)
class Record:
    """A page of ``form``. ``values`` are those of its fields, None where one is blank; ``look_at``
    are the names of those that a person should look at, and of pages that are missing or doubled
    (``page.2``), and ``rows`` the ids of all its rows.
    ``status`` is ``review`` where there are any such, ``blank`` where all fields are, else
    ``accepted``."""

    form: str
    source: Source
    page: int
    status: Status
    values: dict[str, str | None]
    look_at: tuple[str, ...]
    rows: tuple[str, ...]


def records_of(batch: Batch, form: FormFields) -> Iterator[Record]:
    """The records of ``form`` of which ``batch`` has rows, in their order."""
    pages: dict[tuple[Source, int], dict[str, Row]] = {}
    for row in (*batch.rows, *batch.beside):
        reading = row.reading
        if reading.form == form.form and reading.field is not None:
            pages.setdefault((row.source, reading.page), {})[reading.field] = row
    for (source, page), rows in pages.items():
        ordered = [rows[field] for field in form.fields if field in rows]
        of_pages = sorted(filter(is_page_field, rows), key=lambda one: (len(one), one))
        every = [*ordered, *(rows[field] for field in of_pages)]
        look_at = [row for row in every if row.reading.status in LOOK_AT]
        is_blank = all(row.reading.status is Status.BLANK for row in ordered)
        status = Status.REVIEW if look_at else Status.BLANK if is_blank else Status.ACCEPTED
        yield Record(
            form.form,
            source,
            page,
            status,
            {row.reading.field or "": row.reading.value for row in ordered},
            tuple(row.reading.field or "" for row in look_at),
            tuple(row.id for row in every),
        )
