import pytest

from digitbox.forms.completeness import Seen, incomplete
from digitbox.records import Reading, Reason, Status


def read(number: int, field: str, value: str | None, form: str = "exam") -> Reading:
    status = Status.ACCEPTED if value else Status.BLANK
    return Reading(number, status, None, value, 0.99, 70, 90, form=form, field=field)


def page(number: int, which: int, *values: str | None, form: str = "exam", pages: int = 2) -> Seen:
    """Page ``number`` of a file: the form's page ``which``, with fields that say ``values``;
    without any, one that no other page has."""
    said = values or (f"{number}417",)
    fields = tuple(read(number, f"f{which}{n}", value, form) for n, value in enumerate(said))
    return Seen(number, fields, form, which, pages, 70, 90)


def other(number: int, reason: Reason = Reason.OTHER_PAGE) -> Seen:
    return Seen(number, (Reading(number, Status.NOT_DIGIT, reason),))


def file(text: str, pages: int = 2) -> list[Seen]:
    """A file whose pages are those of the form; ``-`` is none of them, ``!`` the limit."""
    there = {"-": Reason.CORRUPT, "!": Reason.TOO_MANY_PAGES}
    return [
        other(number, there[one]) if one in there else page(number, int(one), pages=pages)
        for number, one in enumerate(text, 1)
    ]


def said(seen: list[Seen]) -> list[tuple[int, str | None, Reason | None]]:
    return [(one.page, one.field, one.reason) for one in incomplete(seen)]


def missing(*places: tuple[int, int]) -> list[tuple[int, str, Reason]]:
    return [(number, f"page.{which}", Reason.PAGE_MISSING) for number, which in places]


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ("12", []),
        ("1212", []),
        ("2121", []),
        ("1221", []),
        ("12121", [(5, 2)]),
        ("12112", [(3, 2)]),
        ("112", [(1, 2)]),
        ("122", [(3, 1)]),
        ("1-2", []),
        ("1-12", [(1, 2)]),
        ("12-12", []),
        ("11221122", [(1, 2), (8, 1)]),
        ("1-", [(1, 2)]),
        ("-2-", [(2, 1)]),
        ("--", []),
    ],
)
def test_a_page_that_is_missing_from_a_sheet_is_said_on_its_last_page(
    pages: str, expected: list[tuple[int, int]]
) -> None:
    assert said(file(pages)) == missing(*expected)


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ("12212121212", [(3, 1)]),  # not at the end, as if 21 were a sheet
        ("2112121", [(3, 2)]),
        ("122122112", [(3, 1)]),  # one sheet lies the other way round
    ],
)
def test_what_follows_a_missing_page_is_not_shifted(
    pages: str, expected: list[tuple[int, int]]
) -> None:
    assert said(file(pages)) == missing(*expected)


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ("123231", []),
        ("12313123", [(5, 2)]),
        ("1233123", [(4, 1), (4, 2)]),
        ("3", []),
    ],
)
def test_sheets_of_three_pages(pages: str, expected: list[tuple[int, int]]) -> None:
    assert said(file(pages, 3)) == missing(*expected)


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ("111222", []),
        ("222111", []),
        ("11-1222", []),
        ("11122", [(5, 2)]),
        ("11222", [(5, 1)]),
        ("1111", [(4, 2)]),
        ("1122", []),
        ("1" * 150 + "2" * 149, [(299, 2)]),
    ],
)
def test_stacks_of_pages_are_complete_by_their_number(
    pages: str, expected: list[tuple[int, int]]
) -> None:
    assert said(file(pages)) == missing(*expected)


def test_a_long_document_with_one_lost_page_has_one_reading() -> None:
    pages = "12" * 70 + "2" + "12" * 80
    assert len(pages) == 301
    assert said(file(pages)) == missing((141, 1))


@pytest.mark.parametrize("pages", ["1", "2"])
def test_a_file_of_one_page_says_nothing_of_the_others(pages: str) -> None:
    assert said(file(pages)) == []


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ("121!", []),
        ("1121!", [(1, 2)]),
        ("12!", []),
        ("1!", []),
        ("1" * 20 + "2" * 5 + "!", []),
        ("1" * 20 + "2!", []),
    ],
)
def test_nothing_is_known_of_pages_beyond_a_limit(
    pages: str, expected: list[tuple[int, int]]
) -> None:
    assert said(file(pages)) == missing(*expected)


def test_forms_of_one_page_are_no_sheets() -> None:
    assert said([page(1, 1, "0417", pages=1), page(2, 1, "0417", pages=1)]) == []


def test_each_form_has_sheets_of_its_own() -> None:
    seen = [
        page(1, 1),
        page(2, 2, form="tally"),
        page(3, 2),
        page(4, 1, form="tally"),
        page(5, 1),
        page(6, 1, form="tally"),
        page(7, 1, form="note", pages=1),
    ]
    assert said(seen) == missing((5, 2), (6, 2))
    assert [one.form for one in incomplete(seen)] == ["exam", "tally"]


def test_what_is_said_goes_to_review_before_all_else_and_has_no_value() -> None:
    (one,) = incomplete(file("112"))
    assert one == Reading(
        1, Status.REVIEW, Reason.PAGE_MISSING, "", 0.0, 70, 90, form="exam", field="page.2"
    )


DOUBLED = Reason.PAGE_DOUBLED


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ((1, 1, 2), [(2, "page.1", DOUBLED)]),
        ((1, 2, 2), [(3, "page.2", DOUBLED)]),
        ((1, 1, 1, 2), [(2, "page.1", DOUBLED), (3, "page.1", DOUBLED)]),
        ((1, 1), [(2, "page.1", DOUBLED), *missing((1, 2))]),
    ],
)
def test_a_page_that_says_the_same_as_the_one_before_is_doubled_and_counts_for_no_sheet(
    pages: tuple[int, ...], expected: list[tuple[int, str, Reason]]
) -> None:
    assert (
        said([page(number, one, "0417", None) for number, one in enumerate(pages, 1)]) == expected
    )


@pytest.mark.parametrize(
    "values",
    [
        (("0417", "7"), ("0417", "8")),
        (("0417", "7"), ("0417", None)),
        ((None, None), (None, None)),
        (("empty", "marked"), ("empty", "marked")),
    ],
)
def test_pages_that_differ_or_that_hold_no_number_are_not_doubled(
    values: tuple[tuple[str | None, ...], tuple[str | None, ...]],
) -> None:
    first, second = values
    seen = [page(1, 1, *first), page(2, 1, *second), page(3, 2)]
    assert said(seen) == missing((1, 2))


def test_what_is_not_sure_makes_no_difference() -> None:
    doubt = Reading(2, Status.REVIEW, Reason.LOW_CONFIDENCE, "8", 0.5, form="exam", field="f11")
    again = Seen(2, (read(2, "f10", "0417"), doubt), "exam", 1, 2)
    assert said([page(1, 1, "0417", "7"), again, page(3, 2)]) == [(2, "page.1", DOUBLED)]


def test_a_page_is_doubled_though_another_one_lies_between() -> None:
    seen = [page(1, 1, "0417"), other(2), page(3, 1, "0417"), page(4, 2)]
    assert said(seen) == [(3, "page.1", DOUBLED)]


def test_in_stacks_only_what_is_one_too_many_is_doubled() -> None:
    alike = [page(n, 2, "7") for n in (4, 5, 6)]
    assert said([page(1, 1), page(2, 1), page(3, 1), *alike]) == []
    assert said([page(1, 1), page(2, 1), *alike[:2], page(6, 2, "8")]) == [(5, "page.2", DOUBLED)]
