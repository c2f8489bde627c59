from dataclasses import replace

import pytest

from digitbox.box import Box
from digitbox.recognition.card import NumberThresholds
from digitbox.recognition.classification import Classification
from digitbox.recognition.transcript import Transcript
from digitbox.recognition.verdict import (
    MOST_ALTERNATIVES,
    SURE,
    Candidates,
    Standards,
    Verdict,
    verdict,
)
from digitbox.records import Alternative, Digit, Expected, Line, Reason, Status

BOX = Box(40, 30, 20, 40)

LINE = Box(40, 30, 100, 40)

BELOW = Box(40, 130, 100, 40)

ANY = Expected()

LIMITS = NumberThresholds()


def likely(value: int, confidence: float, other: int | None = None) -> tuple[float, ...]:
    """The ten probabilities of a digit; the rest is spread, or that of one other."""
    rest = 1 - confidence
    return tuple(
        confidence if one == value else rest / 9 if other is None else rest * (one == other)
        for one in range(10)
    )


def candidates(
    *found: tuple[int, float], first_is_none: bool = False, other: int | None = None
) -> Candidates:
    """Candidates by what the network of digits says of each, side by side."""
    return Candidates(
        tuple(
            Digit(
                value,
                confidence,
                likely(value, confidence, other),
                replace(BOX, x=BOX.x + 40 * index),
            )
            for index, (value, confidence) in enumerate(found)
        ),
        first_is_none,
    )


NONE = candidates()


def read(*written: tuple[str, float], box: Box = LINE) -> Transcript:
    """A line by its readings."""
    digits = tuple(
        Digit(int(one), 0.9, likely(int(one), 0.9), BOX)
        for one in (written[0][0] if written else "")
        if one.isdigit()
    )
    return Transcript(tuple(Alternative(*one) for one in written), digits, box)


def judged(
    found: Candidates,
    *transcripts: Transcript,
    caveat: Reason | None = None,
    expected: Expected = ANY,
    accept: float = 0.95,
    limits: NumberThresholds = LIMITS,
) -> Verdict:
    what = verdict(found, transcripts, caveat, Standards(expected, accept, limits))
    assert_consistent(what)
    return what


def assert_consistent(what: Verdict) -> None:
    """What holds of any verdict."""
    assert (what.value is None) == (what.confidence is None)
    assert (what.status is Status.REVIEW) == (what.reason is not None)
    assert (what.value is None) == (what.status in (Status.BLANK, Status.NOT_DIGIT))
    values = [one.value for one in what.alternatives]
    likely = [one.probability for one in what.alternatives]
    assert len(values) == len(set(values)) <= MOST_ALTERNATIVES
    assert all(0 <= one <= 1 and round(one, 4) == one for one in likely)
    assert all(likely[1:])
    assert likely[1:] == sorted(likely[1:], reverse=True)
    assert sum(likely) <= 1.001
    assert what.value == (values[0] if values else None)
    # Of a number it may be lower: other writing counts in it.
    assert (what.confidence or 0) <= (likely[0] if likely else 0)
    assert what.confidence == (likely[0] if what.is_candidate else what.confidence)


# Nothing, and what is none


def test_a_page_without_candidates_and_lines_is_blank() -> None:
    assert judged(NONE) == Verdict(Status.BLANK)


@pytest.mark.parametrize("line", [read(("", 1.0)), read()])
def test_a_page_whose_lines_say_nothing_is_blank(line: Transcript) -> None:
    assert judged(NONE, line).status is Status.BLANK


@pytest.mark.parametrize("text", ["-", "x", ".", "--"])
def test_a_dash_or_a_cross_is_no_digit_and_not_blank(text: str) -> None:
    assert judged(NONE, read((text, 0.9))) == Verdict(Status.NOT_DIGIT)
    blank = read(("", 1.0))
    assert judged(NONE, blank, read((text, 0.9))).status is Status.NOT_DIGIT


@pytest.mark.parametrize("lines", [[], [read(("-", 0.9))], [read(("4", 0.99))]])
def test_a_candidate_that_is_none_is_no_digit_and_is_shown(lines: list[Transcript]) -> None:
    found = candidates((4, 0.1), first_is_none=True)
    assert judged(found, *lines) == Verdict(Status.NOT_DIGIT, digits=found.digits)


# One digit


def test_without_lines_the_first_candidate_decides() -> None:
    what = judged(candidates((4, 0.99), other=9))
    assert (what.status, what.value, what.confidence) == (Status.ACCEPTED, "4", 0.99)
    assert what.is_candidate
    assert what.alternatives == (Alternative("4", 0.99), Alternative("9", 0.01))


@pytest.mark.parametrize(("accept", "reason"), [(0.98, None), (0.981, Reason.LOW_CONFIDENCE)])
def test_a_digit_is_accepted_from_a_confidence_on(accept: float, reason: Reason | None) -> None:
    what = judged(candidates((4, 0.98)), accept=accept)
    assert what.reason is reason
    assert what.value == "4"


@pytest.mark.parametrize("lines", [[], [read(("4", 0.9))]])
def test_several_candidates_are_several_marks(lines: list[Transcript]) -> None:
    what = judged(candidates((4, 0.99), (7, 0.99)), *lines)
    assert (what.status, what.reason, what.value) == (Status.REVIEW, Reason.SEVERAL_MARKS, "4")
    assert [one.value for one in what.digits] == [4, 7]
    assert what.is_candidate


def test_the_network_of_digits_says_which_digit_it_is() -> None:
    what = judged(candidates((4, 0.99)), read(("9", 0.7), ("4", 0.3)))
    assert what.value == "4"
    assert what.digits == candidates((4, 0.99)).digits


def test_a_digit_is_surer_the_surer_both_networks_are() -> None:
    def confidence(digit: float, line: float) -> float:
        what = judged(candidates((4, digit)), read(("4", line), ("9", 1 - line)))
        assert what.confidence is not None
        return what.confidence

    assert confidence(0.9, 0.99) > confidence(0.9, 0.9) > confidence(0.9, 0.1)
    assert confidence(0.99, 0.9) > confidence(0.9, 0.9) > confidence(0.5, 0.9)


def test_the_weight_of_the_network_of_numbers_belongs_to_it() -> None:
    found, line = candidates((4, 0.8)), read(("4", 0.9), ("9", 0.1))
    for weight, agreed, odds in ((0, 0, 4), (1, 0, 36), (0.5, 0, 12), (2, 0, 324)):
        limits = NumberThresholds(weight=weight, agreed=agreed)
        what = judged(found, line, limits=limits)
        assert what.confidence == pytest.approx(odds / (1 + odds), abs=1e-4)
    lower = judged(found, line, limits=NumberThresholds(weight=0, agreed=-1))
    assert lower.confidence == pytest.approx(4 / (4 + 2.71828), abs=1e-4)


def test_what_a_line_says_counts_beside_all_that_it_may_say() -> None:
    limits = NumberThresholds(weight=1, agreed=0)
    found = candidates((4, 0.5))
    for times in (1, 0.5):
        line = read(("4", 0.6 * times), ("9", 0.2 * times), ("45", 0.2 * times))
        assert judged(found, line, limits=limits).confidence == pytest.approx(0.6, abs=1e-4)


@pytest.mark.parametrize("text", ["x", "4x", "", "-"])
def test_a_line_that_says_something_else_makes_a_digit_unsure(text: str) -> None:
    what = judged(candidates((4, 0.999)), read((text, 0.99)))
    assert what.reason is Reason.LOW_CONFIDENCE
    assert what.value == "4"


@pytest.mark.parametrize("text", ["4.", "4,", "4-"])
def test_marks_behind_a_digit_are_no_part_of_it(text: str) -> None:
    what = judged(candidates((4, 0.99)), read((text, 0.9), ("4", 0.1)))
    assert (what.status, what.value) == (Status.ACCEPTED, "4")


@pytest.mark.parametrize(("text", "reason"), [("-4", Reason.MINUS), (".4", Reason.OTHER_DECIMALS)])
def test_a_mark_before_a_digit_goes_to_review(text: str, reason: Reason) -> None:
    what = judged(candidates((4, 0.999)), read((text, 0.99)))
    assert (what.status, what.reason, what.value) == (Status.REVIEW, reason, "4")


def test_a_minus_before_a_digit_is_let_in_where_it_is_expected() -> None:
    signed = Expected(sign=True)
    what = judged(candidates((4, 0.999)), read(("-4", 0.99)), expected=signed)
    assert (what.status, what.value) == (Status.ACCEPTED, "-4")
    # It is the network of digits that says which one it is.
    assert judged(candidates((4, 0.999)), read(("-9", 0.99)), expected=signed).value == "-4"
    doubted = judged(candidates((4, 0.999)), read(("-4", 0.5), ("4", 0.5)), expected=signed)
    assert doubted.confidence is not None
    assert what.confidence is not None
    assert doubted.confidence < what.confidence


def test_the_alternatives_of_a_digit_are_other_digits_and_numbers() -> None:
    what = judged(candidates((4, 0.6), other=9), read(("4", 0.5), ("41", 0.3), ("4.1", 0.1)))
    assert [one.value for one in what.alternatives] == ["4", "9", "41", "4.1"]
    assert what.alternatives[0].probability == what.confidence
    first, *rest = (one.probability for one in what.alternatives)
    assert sum(rest) == pytest.approx(1 - first, abs=0.001)


def test_there_are_five_alternatives_at_most() -> None:
    what = judged(candidates((4, 0.5)), read(("4", 0.5), ("41", 0.3), ("47", 0.2)))
    assert len(what.alternatives) == MOST_ALTERNATIVES == 5


# One candidate: a digit or a number


@pytest.mark.parametrize(("several", "value"), [(0.79, "4"), (0.81, "41")])
def test_one_candidate_is_a_digit_unless_its_line_has_several_likely_enough(
    several: float, value: str
) -> None:
    what = judged(candidates((4, 0.99)), read(("41", several), ("4", 1 - several)))
    assert what.value == value
    assert what.is_candidate == (value == "4")
    assert len(what.digits) == len(value)


def test_how_likely_that_is_belongs_to_the_network() -> None:
    found, line = candidates((4, 0.99)), read(("41", 0.6), ("4", 0.4))
    assert judged(found, line, limits=NumberThresholds(several=0.5)).value == "41"
    assert judged(found, line, limits=NumberThresholds(several=0.7)).value == "4"


def test_all_readings_of_several_digits_count_together() -> None:
    line = read(("41", 0.3), ("47", 0.3), ("4.1", 0.25), ("4", 0.15))
    assert judged(candidates((4, 0.99)), line).value == "41"


# Numbers


@pytest.mark.parametrize("found", [NONE, candidates((4, 0.9), (1, 0.9), (7, 0.9))])
def test_a_number_is_accepted(found: Candidates) -> None:
    line = read(("0417", 0.99), ("0411", 0.008))
    what = judged(found, line)
    assert (what.status, what.reason, what.value) == (Status.ACCEPTED, None, "0417")
    assert what.confidence == 0.99
    assert what.digits == line.digits
    assert what.alternatives == (Alternative("0417", 0.99), Alternative("0411", 0.008))
    assert not what.is_candidate
    assert what.lines == ()


@pytest.mark.parametrize(("accept", "reason"), [(0.9, None), (0.901, Reason.LOW_CONFIDENCE)])
def test_a_number_is_accepted_from_a_confidence_on(accept: float, reason: Reason | None) -> None:
    assert judged(NONE, read(("417", 0.9)), accept=accept).reason is reason


def test_a_line_of_one_digit_without_candidates_is_read_by_the_network_of_numbers() -> None:
    what = judged(NONE, read(("7", 0.99)))
    assert (what.status, what.value, what.is_candidate) == (Status.ACCEPTED, "7", False)


def test_readings_of_one_value_count_together() -> None:
    what = judged(NONE, read(("417", 0.5), ("417.", 0.3), ("417-", 0.16)))
    assert (what.status, what.value, what.confidence) == (Status.ACCEPTED, "417", 0.96)


def test_a_separator_in_doubt_counts_in_the_confidence() -> None:
    what = judged(NONE, read(("12.5", 0.6), ("125", 0.39)))
    assert (what.value, what.confidence) == ("12.5", 0.6)
    assert what.reason is Reason.LOW_CONFIDENCE


def test_a_number_has_five_alternatives_at_most_each_once() -> None:
    texts = ["417", "411", "47", "41", "17", "4177", "417."]
    likely = [0.5, 0.2, 0.1, 0.05, 0.03, 0.02, 0.1]
    what = judged(NONE, read(*zip(texts, likely, strict=True)))
    assert [one.value for one in what.alternatives] == ["417", "411", "47", "41", "17"]
    assert what.alternatives[0].probability == what.confidence == 0.6


def test_what_is_next_to_impossible_is_no_alternative() -> None:
    what = judged(NONE, read(("417", 0.99), ("411", 0.00004)))
    assert what.alternatives == (Alternative("417", 0.99),)


@pytest.mark.parametrize(
    ("text", "expected", "value", "reason"),
    [
        ("417", Expected(least=4), "417", Reason.OTHER_LENGTH),
        ("417", Expected(least=1, most=2), "417", Reason.OTHER_LENGTH),
        ("417", Expected(least=3, most=3), "417", None),
        ("12.5", Expected(decimals=0), "125", Reason.OTHER_DECIMALS),
        ("7,300", Expected(decimals=0), "7300", None),
        ("12,50", Expected(decimals=2), "12.50", None),
        ("12,500", Expected(decimals=2), "12500", None),
        ("-12", ANY, "12", Reason.MINUS),
        ("-12", Expected(sign=True), "-12", None),
        ("1-2", ANY, "12", Reason.OTHER_WRITING),
    ],
)
def test_a_number_is_compared_with_what_is_expected(
    text: str, expected: Expected, value: str, reason: Reason | None
) -> None:
    what = judged(NONE, read((text, 0.99)), expected=expected)
    assert (what.value, what.reason) == (value, reason)
    assert what.alternatives == (Alternative(value, 0.99),)


def test_a_digit_is_compared_with_what_is_expected() -> None:
    four = Expected(least=4, most=4)
    for lines in ([], [read(("4", 0.99))]):
        what = judged(candidates((4, 0.99)), *lines, expected=four)
        assert (what.status, what.reason, what.value) == (Status.REVIEW, Reason.OTHER_LENGTH, "4")


# Other writing


@pytest.mark.parametrize("text", ["12x", "x12", "1x2"])
def test_other_writing_in_a_line_goes_to_review(text: str) -> None:
    what = judged(NONE, read((text, 0.9), ("12", 0.08)))
    assert (what.status, what.reason, what.value) == (Status.REVIEW, Reason.OTHER_WRITING, "12")
    assert what.confidence == pytest.approx(0.08)
    assert what.alternatives == (Alternative("12", 0.98),)


def test_writing_that_may_be_there_makes_a_number_less_sure() -> None:
    what = judged(NONE, read(("12", 0.8), ("12x", 0.15)))
    assert (what.reason, what.value) == (Reason.LOW_CONFIDENCE, "12")
    assert what.confidence == pytest.approx(0.8)


@pytest.mark.parametrize("beside", [read(("xx", 0.3), box=BELOW), read(("7", 0.5), box=BELOW)])
def test_other_writing_beside_a_number_goes_to_review(beside: Transcript) -> None:
    for lines in ([read(("417", 0.99)), beside], [beside, read(("417", 0.99))]):
        what = judged(NONE, *lines)
        assert (what.reason, what.value) == (Reason.OTHER_WRITING, "417")
        assert what.lines == ()


@pytest.mark.parametrize("beside", [read(("", 1.0)), read(("-", 0.9)), read((".", 0.9)), read()])
def test_a_stroke_or_a_speck_beside_a_number_is_no_writing(beside: Transcript) -> None:
    assert judged(NONE, read(("417", 0.99)), beside).status is Status.ACCEPTED


@pytest.mark.parametrize("writing", ["xx", "7", "28"])
def test_other_writing_beside_a_digit_goes_to_review(writing: str) -> None:
    digit, word = read(("4", 0.99), box=BOX), read((writing, 0.4), box=BELOW)
    for lines in ([digit, word], [word, digit]):
        what = judged(candidates((4, 0.99)), *lines)
        assert (what.status, what.reason, what.value) == (
            Status.REVIEW,
            Reason.OTHER_WRITING,
            "4",
        )


@pytest.mark.parametrize("beside", [read(("", 1.0)), read(("-", 0.9)), read((".", 0.9))])
def test_dirt_beside_a_digit_is_no_writing(beside: Transcript) -> None:
    assert judged(candidates((4, 0.99)), read(("4", 0.99)), beside).status is Status.ACCEPTED


# Several lines


def test_several_lines_are_read_from_above_and_go_to_review() -> None:
    below, above = read(("345", 0.9), box=BELOW), read(("12", 0.8), box=LINE)
    for lines in ([below, above], [above, below]):
        what = judged(NONE, *lines)
        assert (what.status, what.reason, what.value) == (
            Status.REVIEW,
            Reason.SEVERAL_LINES,
            "12 345",
        )
        assert what.lines == (Line("12", 0.8, LINE), Line("345", 0.9, BELOW))
        assert what.confidence == pytest.approx(0.72)
        assert what.alternatives == (Alternative("12 345", 0.72),)
        assert [one.value for one in what.digits] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("likely", "reason"), [(SURE, Reason.SEVERAL_LINES), (SURE - 0.01, Reason.OTHER_WRITING)]
)
def test_a_further_line_counts_where_it_is_read_with_some_certainty(
    likely: float, reason: Reason
) -> None:
    what = judged(NONE, read(("417", 0.99)), read(("25", likely), box=BELOW))
    assert what.reason is reason
    assert what.value == ("417 25" if reason is Reason.SEVERAL_LINES else "417")


def test_each_line_is_a_value_by_what_is_expected() -> None:
    lines = [read(("7,300", 0.9)), read(("-12", 0.9), box=BELOW)]
    what = judged(NONE, *lines, expected=Expected(decimals=0, sign=True))
    assert what.value == "7300 -12"


def test_a_line_has_its_digits_where_it_may_have_none() -> None:
    unsure = read(("1", 0.6), ("", 0.35), ("-", 0.35), ("x", 0.3), box=BELOW)
    what = judged(NONE, read(("417", 0.99)), unsure)
    assert what.value == "417 1"
    assert [one.value for one in what.lines] == ["417", "1"]


def test_a_candidate_beside_several_lines_changes_nothing() -> None:
    lines = [read(("417", 0.99)), read(("25", 0.9), box=BELOW)]
    for found in (candidates((4, 0.99)), candidates((4, 0.99), (2, 0.99))):
        assert judged(found, *lines).value == "417 25"


def test_lines_of_a_digit_each_are_several_marks_where_they_are_several_candidates() -> None:
    lines = [read(("4", 0.99)), read(("7", 0.9), box=BELOW)]
    what = judged(candidates((4, 0.99), (7, 0.99)), *lines)
    assert (what.reason, what.value, what.lines) == (Reason.SEVERAL_MARKS, "4", ())
    for found in (NONE, candidates((4, 0.99))):
        alone = judged(found, *lines)
        assert (alone.reason, alone.value) == (Reason.SEVERAL_LINES, "4 7")
    longer = [*lines[:1], read(("70", 0.9), box=BELOW)]
    assert judged(candidates((4, 0.99), (7, 0.99)), *longer).reason is Reason.SEVERAL_LINES


@pytest.mark.parametrize("text", ["9", "x"])
def test_lines_that_are_pieces_of_the_only_candidate_are_one_digit(text: str) -> None:
    found = candidates((9, 0.999))
    (whole,) = (digit.box for digit in found.digits)
    loop = replace(whole, height=16)
    stem = replace(whole, y=whole.y + 16, height=whole.height - 16)
    pieces = [read(("9", 0.9), box=loop), read((text, 0.9), box=stem)]
    what = judged(found, *pieces)
    assert (what.status, what.value, what.lines) == (Status.ACCEPTED, "9", ())
    apart = [pieces[0], replace(pieces[1], box=BELOW)]
    assert judged(found, *apart).status is Status.REVIEW
    long = [pieces[0], read(("17", 0.9), box=stem)]
    assert judged(found, *long).reason is Reason.SEVERAL_LINES


def test_a_candidate_of_more_pieces_than_a_digit_has_goes_to_review() -> None:
    found = candidates((8, 0.999))
    (whole,) = (digit.box for digit in found.digits)
    heights = [replace(whole, y=whole.y + down, height=10) for down in (0, 10, 20)]
    pieces = [read(("8", 0.99), box=heights[0]), *(read(("", 0.6), box=box) for box in heights[1:])]
    assert judged(found, *pieces[:2]).status is Status.ACCEPTED
    what = judged(found, *pieces)
    assert (what.status, what.reason, what.value) == (Status.REVIEW, Reason.OTHER_WRITING, "8")
    dirt = [replace(one, box=BELOW) for one in pieces[1:]]
    assert judged(found, pieces[0], *dirt).status is Status.ACCEPTED


# Caveats


@pytest.mark.parametrize("caveat", [Reason.TURNED, Reason.DARK_EDGES])
def test_what_a_person_has_to_see_goes_to_review_with_its_value(caveat: Reason) -> None:
    for found, value, line in (
        (NONE, "417", [read(("417", 0.999))]),
        (candidates((4, 0.999)), "4", [read(("4", 0.999))]),
        (candidates((4, 0.999)), "4", []),
    ):
        what = judged(found, *line, caveat=caveat)
        assert (what.status, what.reason, what.value) == (Status.REVIEW, caveat, value)


def test_what_is_no_value_stays_so() -> None:
    none = candidates((4, 0.9), first_is_none=True)
    assert judged(NONE, caveat=Reason.DARK_EDGES).status is Status.BLANK
    assert judged(none, caveat=Reason.DARK_EDGES).status is Status.NOT_DIGIT


def test_the_first_reason_is_given() -> None:
    """Of a page that is turned, has other writing, is a length that was not expected, and unsure:
    one after the other is put right."""
    four = Expected(least=4, most=4)
    beside, line = read(("x", 0.9), box=BELOW), read(("417", 0.5))
    assert judged(NONE, line, beside, caveat=Reason.TURNED, expected=four).reason is Reason.TURNED
    assert judged(NONE, line, beside, expected=four).reason is Reason.OTHER_WRITING
    assert judged(NONE, line, expected=four).reason is Reason.OTHER_LENGTH
    assert judged(NONE, line).reason is Reason.LOW_CONFIDENCE


# Candidates


def test_candidates_are_digits_with_their_places() -> None:
    ten = likely(4, 0.9)
    found = [
        (Classification(4, 0.9, ten, is_none=False), BOX),
        (Classification(7, 0.1, likely(7, 0.9), is_none=True), BELOW),
    ]
    made = Candidates.of(found)
    assert made.digits == (Digit(4, 0.9, ten, BOX), Digit(7, 0.1, likely(7, 0.9), BELOW))
    assert not made.first_is_none
    assert Candidates.of(found[1:]).first_is_none
    assert Candidates.of([]) == Candidates((), False)


# What is not to be accepted as one digit, or as one number


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ([("4", 0.51), ("41", 0.49)], None),
        ([("9", 0.51), ("41", 0.49)], None),  # one digit, whichever
        ([("4", 0.49), ("41", 0.51)], Reason.LOW_CONFIDENCE),
        ([("4", 0.49), ("x", 0.51)], Reason.LOW_CONFIDENCE),
        ([("4", 0.49), ("4x", 0.51)], Reason.LOW_CONFIDENCE),
    ],
)
def test_a_digit_is_accepted_only_if_its_line_has_one_more_likely_than_not(
    line: list[tuple[str, float]], reason: Reason | None
) -> None:
    what = judged(candidates((4, 0.99999)), read(*line), limits=NumberThresholds(weight=0))
    assert (what.value, what.reason) == ("4", reason)


@pytest.mark.parametrize(
    ("line", "status", "value"),
    [
        ([("417", 0.9)], Status.REVIEW, "417"),
        ([("4x7", 0.4), ("4", 0.1)], Status.REVIEW, "47"),
        ([("4", 0.49), ("41", 0.51)], Status.REVIEW, "41"),
        ([("4", 0.51), ("41", 0.49)], Status.NOT_DIGIT, None),
        ([("x", 0.9)], Status.NOT_DIGIT, None),
    ],
)
def test_a_number_is_not_hidden_behind_a_candidate_that_is_none(
    line: list[tuple[str, float]], status: Status, value: str | None
) -> None:
    found = candidates((4, 0.1), first_is_none=True)
    what = judged(found, read(*line), accept=0.95)
    assert (what.status, what.value) == (status, value)


@pytest.mark.parametrize(("gap", "reason"), [(40, None), (100, Reason.SEVERAL_MARKS)])
def test_a_number_with_a_wide_gap_may_be_two(gap: int, reason: Reason | None) -> None:
    digits = tuple(
        Digit(value, 0.99, likely(value, 0.99), Box(x, 30, 20, 40))
        for value, x in ((4, 0), (1, 30), (7, 30 + gap))
    )
    line = Transcript((Alternative("417", 0.99),), digits, LINE)
    what = judged(NONE, line)
    assert (what.value, what.reason) == ("417", reason)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (BOX, None),
        (LINE, None),
        (BELOW, Reason.SEVERAL_MARKS),
        (replace(BOX, x=200), Reason.SEVERAL_MARKS),
    ],
)
def test_a_candidate_and_a_digit_elsewhere_are_several_marks(
    line: Box, reason: Reason | None
) -> None:
    what = judged(candidates((4, 0.99)), read(("4", 0.99), box=line))
    assert (what.value, what.reason) == ("4", reason)
