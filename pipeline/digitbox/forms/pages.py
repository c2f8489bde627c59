"""The content of a file, and the form that its pages are of → the readings of their fields."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from digitbox.forms.completeness import Seen, readings_of
from digitbox.forms.reading import FormReader
from digitbox.recognition.damage import of_damaged
from digitbox.recognition.decode import BrokenPage, Page, decode
from digitbox.recognition.edges import without_dark_edges
from digitbox.recognition.finder import Finder
from digitbox.recognition.lines import lines
from digitbox.recognition.view import Gray
from digitbox.records import AUTO, Reading, Reason, Status

SIDE = 1600
"""A page whose both sides are at least twice so many pixels is decoded at a reduced size, where its
format can do that: about 200 dots an inch of A4."""


class PageReader:
    """Reads files of forms: ``max_pixels``, ``max_pages`` and ``expired`` are those of
    :class:`digitbox.recognition.reader.Reader`."""

    def __init__(
        self,
        forms: FormReader,
        finder: Finder,
        max_pixels: int,
        max_pages: int,
        expired: Callable[[], bool] = lambda: False,
    ) -> None:
        self._forms = forms
        self._finder = finder
        self._max_pixels = max_pixels
        self._max_pages = max_pages
        self._expired = expired

    def read(self, content: bytes, form: str) -> tuple[Reading, ...]:
        """The readings of a file's ``content``, whose pages are of that ``form``, or AUTO: of each
        page those of its fields, or one that says why there are none; and those that say which
        pages of a form are missing or doubled. Never raises for what a file holds."""
        return readings_of(self.see(content, form))

    def see(
        self, content: bytes, form: str, first: int = 1, most: int | None = None
    ) -> tuple[Seen, ...]:
        """The same of ``most`` pages from the one numbered ``first`` on, without what is
        missing."""
        pages = self._pages(content, None if form == AUTO else form, first)
        return tuple(islice(pages, most))

    def first_page(self, content: bytes, form: str) -> tuple[tuple[Reading, ...], Page | None]:
        """The same for the first page alone, and that page; None where it cannot be decoded."""
        try:
            page = next(decode(content, self._max_pixels, SIDE))
            if isinstance(page, BrokenPage):
                return (Reading.failed(page.reason, 1, page.width, page.height),), None
            return self._page(page, form).readings, page
        except MemoryError:
            return (Reading.failed(Reason.MEMORY),), None

    def _pages(self, content: bytes, form: str | None, first: int) -> Iterator[Seen]:
        number = first  # of the page that comes next
        try:
            for page in decode(content, self._max_pixels, SIDE, first):
                number = page.number
                if number > self._max_pages:
                    yield _failed(Reading.failed(Reason.TOO_MANY_PAGES, number))
                    return
                if number > first and self._expired():
                    yield _failed(Reading.failed(Reason.TIMEOUT, number, page.width, page.height))
                    return
                if isinstance(page, BrokenPage):
                    yield _failed(Reading.failed(page.reason, number, page.width, page.height))
                else:
                    yield self._page(page, form)
                number += 1
        except MemoryError:
            yield _failed(Reading.failed(Reason.MEMORY, number))

    def _page(self, page: Page, form: str | None) -> Seen:
        seen = self._seen(page, form)
        if page.doubt is not Reason.DAMAGED:
            return seen
        return replace(seen, readings=tuple(of_damaged(one) for one in seen.readings))

    def _seen(self, page: Page, form: str | None) -> Seen:
        found = self._forms.find(page.gray, form)
        if found is not None:
            readings = tuple(self._forms.read(page, found))
            # Pages that are not looked for are taken for any of the form's.
            are_told_apart = all(one.align != "none" for one in found.form.pages)
            pages = len(found.form.pages) if are_told_apart else 1
            which = found.number + 1
            return Seen(
                page.number, readings, found.form.name, which, pages, page.width, page.height
            )
        if page.doubt is Reason.INCOMPLETE:  # who knows what was there?
            return _failed(Reading.failed(page.doubt, page.number, page.width, page.height))
        is_written = bool(lines(without_dark_edges(page.gray), self._finder))
        reading = Reading(
            page.number,
            Status.NOT_DIGIT if is_written else Status.BLANK,
            Reason.OTHER_PAGE if is_written else None,
            width=page.width,
            height=page.height,
            form=form,
        )
        return Seen(page.number, (reading,))


def _failed(reading: Reading) -> Seen:
    return Seen(reading.page, (reading,))


def page_of(content: bytes, number: int, max_pixels: int) -> Gray | None:
    """The page with that ``number``, from 1, of a file's ``content``, uint8 ``[H, W]``, as forms
    are read; None where it cannot be decoded."""
    page = next(decode(content, max_pixels, SIDE, number), None)
    return page.gray if isinstance(page, Page) else None
