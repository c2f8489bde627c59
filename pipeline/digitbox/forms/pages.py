"""The content of a file, and the form that its pages are of → the readings of their fields."""

from collections.abc import Callable, Iterator

from digitbox.forms.reading import FormReader
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
        page those of its fields, or one that says why there are none. Never raises for what a file
        holds."""
        return tuple(self._readings(content, None if form == AUTO else form))

    def _readings(self, content: bytes, form: str | None) -> Iterator[Reading]:
        number = 1  # of the page that comes next
        try:
            for page in decode(content, self._max_pixels, SIDE):
                number = page.number
                if number > self._max_pages:
                    yield Reading.failed(Reason.TOO_MANY_PAGES, number)
                    return
                if number > 1 and self._expired():
                    yield Reading.failed(Reason.TIMEOUT, number, page.width, page.height)
                    return
                if isinstance(page, BrokenPage):
                    yield Reading.failed(page.reason, number, page.width, page.height)
                else:
                    yield from self._page(page, form)
                number += 1
        except MemoryError:
            yield Reading.failed(Reason.MEMORY, number)

    def _page(self, page: Page, form: str | None) -> Iterator[Reading]:
        found = self._forms.find(page.gray, form)
        if found is not None:
            yield from self._forms.read(page, found)
        elif lines(without_dark_edges(page.gray), self._finder):
            yield Reading(
                page.number,
                Status.NOT_DIGIT,
                Reason.OTHER_PAGE,
                width=page.width,
                height=page.height,
                form=form,
            )
        else:
            yield Reading(
                page.number, Status.BLANK, width=page.width, height=page.height, form=form
            )


def page_of(content: bytes, number: int, max_pixels: int) -> Gray | None:
    """The page with that ``number``, from 1, of a file's ``content``, uint8 ``[H, W]``, as forms
    are read; None where it cannot be decoded."""
    for page in decode(content, max_pixels, SIDE):
        if page.number == number:
            return page.gray if isinstance(page, Page) else None
    return None
