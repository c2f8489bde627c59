"""The pages of a file, read → which pages are missing from the sheets of a form, or there twice."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from digitbox.form_pages import CUT_SHORT, page_field
from digitbox.records import Reading, Reason, Status, is_value

ALONE = 2
"""From so many pages of one number in a row on, a file may hold all first pages, then all second
ones: fewer are a sheet of which a page is missing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A page of a file: its ``number`` there, from 1, and what its ``readings`` say. Of a form of
    several pages, it is the one numbered ``which``, from 1, of so many ``pages``."""

    number: int
    readings: tuple[Reading, ...]
    form: str | None = None
    which: int = 1
    pages: int = 1
    width: int | None = None
    height: int | None = None


def readings_of(seen: Sequence[Seen]) -> tuple[Reading, ...]:
    """What the pages of a file say that were ``seen``, and what is to be said of them together."""
    readings = [reading for page in seen for reading in page.readings]
    return tuple(sorted((*readings, *incomplete(seen)), key=lambda one: one.page))


def incomplete(seen: Sequence[Seen]) -> list[Reading]:
    """What is to be said of the pages of a file that were ``seen``, in their order: a reading for
    each page that is missing from a sheet, on the last page of the sheet, and for each page that
    was there just before. Nothing of a file with one page, since others may be files of their own;
    nor of the sheet at which a limit cut the file short."""
    if len(seen) < 2:
        return []
    is_cut = any(one.reason in CUT_SHORT for page in seen for one in page.readings)
    forms: dict[str, list[Seen]] = {}
    for page in seen:
        if page.form is not None and page.pages > 1:
            forms.setdefault(page.form, []).append(page)
    return [reading for pages in forms.values() for reading in _of_form(pages, is_cut)]


def _of_form(pages: Sequence[Seen], is_cut: bool) -> Iterator[Reading]:
    again = _doubled(pages, is_cut)
    yield from (_said(page, page.which, Reason.PAGE_DOUBLED) for page in again)
    numbers = {page.number for page in again}
    once = [page for page in pages if page.number not in numbers]
    if _are_stacks(once, is_cut):
        if not is_cut:
            times = _times(once)
            most = max(times.values())
            for which in (which for which, count in times.items() if count < most):
                yield _said(once[-1], which, Reason.PAGE_MISSING)
        return
    sheets = _sheets(once)
    for sheet in sheets[:-1] if is_cut else sheets:
        there = {page.which for page in sheet}
        for which in range(1, sheet[-1].pages + 1):
            if which not in there:
                yield _said(sheet[-1], which, Reason.PAGE_MISSING)


def _said(page: Seen, which: int, reason: Reason) -> Reading:
    """A reading without a value, and without any confidence: the first that a person sees."""
    return Reading(
        page.number,
        Status.REVIEW,
        reason,
        "",
        0.0,
        page.width,
        page.height,
        form=page.form,
        field=page_field(which),
    )


def _times(pages: Sequence[Seen]) -> dict[int, int]:
    """How often each page of the form is among ``pages``."""
    counts = Counter(page.which for page in pages)
    return {which: counts[which] for which in range(1, pages[0].pages + 1)}


def _are_stacks(pages: Sequence[Seen], is_cut: bool) -> bool:
    """Whether there are all first pages, then all second ones, and so on: they belong together,
    but their order does not say which with which."""
    stacks = [(which, len(list(group))) for which, group in groupby(pages, lambda one: one.which)]
    sizes = [size for _, size in stacks]
    if is_cut and len(sizes) > 1:
        sizes.pop()  # it would have gone on
    return min(sizes) >= ALONE and len(dict(stacks)) == len(stacks)


def _doubled(pages: Sequence[Seen], is_cut: bool) -> list[Seen]:
    """Those of ``pages`` that say the same as the one before. In stacks, different people may well
    have filled in a page alike: only those count that are more than the others."""
    times = _times(pages)
    fewest = min(times.values()) if _are_stacks(pages, is_cut) else 0
    return [
        page
        for before, page in pairwise(pages)
        if page.which == before.which and times[page.which] > fewest and _are_same(before, page)
    ]


def _are_same(one: Seen, other: Seen) -> bool:
    """Whether all fields that were read for sure on both say the same, with a number among them:
    boxes that are marked alike tell nobody apart."""
    ours, theirs = _sure(one), _sure(other)
    both = ours.keys() & theirs.keys()
    return all(ours[name] == theirs[name] for name in both) and any(
        is_value(ours[name] or "") for name in both
    )


def _sure(page: Seen) -> dict[str | None, str | None]:
    sure = (Status.ACCEPTED, Status.BLANK)
    return {one.field: one.value for one in page.readings if one.status in sure}


def _sheets(pages: Sequence[Seen]) -> list[Sequence[Seen]]:
    """``pages`` divided into as few sheets as there can be, none with the same page twice; of such
    ways the one with the fewest sheets whose pages are in another order than usual. So what follows
    a missing page is not shifted."""
    (_, starts) = min((_divided(pages, up) for up in (1, -1)), key=lambda way: way[0])
    stops = [*starts[1:], len(pages)]
    return [pages[start:stop] for start, stop in zip(starts, stops, strict=True)]


def _divided(pages: Sequence[Seen], up: int) -> tuple[tuple[int, int], list[int]]:
    """How many sheets there are, and how many of them whose pages do not rise (with ``up`` -1:
    fall); and where each begins."""
    best = [(0, 0, 0)]  # of the pages before each: these numbers, and where the last sheet begins
    for stop in range(1, len(pages) + 1):
        ways = []
        there: set[int] = set()
        is_mixed = False
        for start in range(stop - 1, -1, -1):
            which = pages[start].which
            if which in there:
                break
            is_mixed |= bool(there) and (pages[start + 1].which - which) * up < 0
            there.add(which)
            sheets, mixed, _ = best[start]
            ways.append((sheets + 1, mixed + is_mixed, start))
        best.append(min(ways))
    starts = []
    stop = len(pages)
    while stop:
        stop = best[stop][2]
        starts.append(stop)
    return best[-1][:2], starts[::-1]
