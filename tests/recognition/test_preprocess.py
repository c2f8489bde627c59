from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.config import NUMBERS
from digitbox.recognition import preprocess as module
from digitbox.recognition.crop import Overview
from digitbox.recognition.ctc import Steps
from digitbox.recognition.finder import Finder, InkMap
from digitbox.recognition.preprocess import MOST_LINES, preprocess, preprocess_page, survey
from digitbox.recognition.transcriber import Transcriber
from digitbox.recognition.view import VIEW_SIDE
from digitbox.records import Reason
from tests.pages import encoded, number, ruled, sheet
from tests.recognition.fakes import Dark, Scripted, blocks, heard, row


def test_a_clean_digit_has_one_frame_and_a_place(finder: Finder) -> None:
    (candidate,) = preprocess(sheet(3, 900, 1200, side=200, top=500, left=800), finder)
    assert candidate.frames.dtype == np.uint8
    assert candidate.frames.shape == (1, 28, 28)
    assert candidate.frames.max() == 255
    assert candidate.box.holds(900, 600)


def test_a_digit_on_rules_has_an_outline_and_a_tone(finder: Finder) -> None:
    (candidate,) = preprocess(ruled(sheet(3)), finder)
    assert candidate.frames.shape == (2, 28, 28)


def test_a_blank_page_has_no_candidates(finder: Finder) -> None:
    assert preprocess(np.full((300, 400), 222, np.uint8), finder) == ()


def test_a_page_of_a_file_is_preprocessed_as_it_is_by_itself(finder: Finder) -> None:
    page = ruled(sheet(3))
    found = preprocess_page(encoded(page), 1, finder, 10**8)
    assert found is not None
    assert np.array_equal(found.gray, page)
    expected = [(one.box, one.frames.tobytes()) for one in preprocess(page, finder)]
    assert [(one.box, one.frames.tobytes()) for one in found.candidates] == expected


def test_a_page_that_is_not_there_or_not_decoded_is_none(finder: Finder) -> None:
    content = encoded(sheet(3))
    assert preprocess_page(content, 2, finder, 10**8) is None
    assert preprocess_page(content, 1, finder, 100) is None
    assert preprocess_page(b"no image", 1, finder, 10**8) is None


@pytest.mark.parametrize(("faint", "caveat"), [(25, Reason.DARK_EDGES), (60, None)])
@pytest.mark.parametrize("reads_numbers", [True, False])
def test_faint_writing_beside_the_black_edge_of_a_scan_is_found(
    faint: int, caveat: Reason | None, reads_numbers: bool, finder: Finder
) -> None:
    page = np.full((700, 300), 235, np.uint8)
    page[:, :150] = 8
    digit = sheet(3, 80, 80, side=50)
    page[300:380, 180:260] = 235 - (digit < 128) * np.uint8(faint)
    transcriber = Transcriber(NUMBERS) if reads_numbers else None
    seen = survey(page, finder, transcriber)
    assert seen.gray is page
    assert seen.caveat is caveat
    (candidate,) = seen.candidates
    assert candidate.box.holds(220, 340)
    if reads_numbers:
        (line,) = seen.transcripts
        assert line.says == "3"
    found = preprocess_page(encoded(page), 1, finder, 10**8)
    assert found is not None
    assert found.candidates[0].box == candidate.box


BROAD = blocks(180, 300, *row(40, 260, 60, 50, 3))
"""A field with a line of three blocks."""

LINES = blocks(180, 180, *row(20, 110, 30, 30, 3), *row(20, 110, 110, 30, 3))
"""A page of two lines of three blocks each."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which of the steps of a survey were taken, in their order."""
    taken: list[str] = []

    def counted(name: str) -> Callable[..., object]:
        step = getattr(module, name)

        def take(*arguments: object) -> object:
            taken.append(name)
            return step(*arguments)

        return take

    for name in ("lines", "further", "transcribe", "on_its_side", "upside_down", "locate"):
        monkeypatch.setattr(module, name, counted(name))
    return taken


def test_without_a_network_of_numbers_only_candidates_are_looked_for(asked: list[str]) -> None:
    seen = survey(BROAD, Dark(), None)
    assert asked == ["locate"]
    assert seen.candidates
    assert (seen.transcripts, seen.caveat) == ((), None)


def test_a_page_comes_with_its_lines_and_its_candidates() -> None:
    seen = survey(BROAD, Dark(), Scripted([{"4": 1.0}, {"1": 0.6}]))
    assert seen.gray is BROAD
    assert [one.says for one in seen.transcripts] == ["41"]
    expected = preprocess(BROAD, Dark())
    assert [one.box for one in seen.candidates] == [one.box for one in expected]
    assert seen.caveat is None


@pytest.mark.parametrize(("likely", "is_number"), [(0.985, True), (0.975, False)])
def test_where_a_line_is_a_number_for_sure_no_candidates_are_looked_for(
    asked: list[str], likely: float, is_number: bool
) -> None:
    # Either it is the number, or its second digit alone.
    seen = survey(BROAD, Dark(), Scripted([{"4": 1.0}, {"1": likely}]))
    assert seen.transcripts[0].says == "41"
    assert (seen.candidates == ()) == is_number
    assert ("locate" in asked) != is_number


def test_all_readings_of_several_digits_count_for_a_number() -> None:
    unsure = [{"4": 0.5, "9": 0.5}, {"1": 0.5, "7": 0.5}, {"7": 1.0}]
    assert survey(BROAD, Dark(), Scripted(unsure)).candidates == ()


@pytest.mark.parametrize("text", ["4", "4.", "-", "xxx"])
def test_what_is_no_number_of_several_digits_is_looked_at_for_candidates(text: str) -> None:
    assert survey(BROAD, Dark(), Scripted(heard(text))).candidates != ()


@pytest.mark.parametrize(("likely", "looks"), [(0.52, True), (0.48, False)])
def test_further_lines_are_looked_for_where_one_is_legible(
    asked: list[str], likely: float, looks: bool
) -> None:
    survey(BROAD, Dark(), Scripted(heard("417", likely)))
    assert ("further" in asked) == looks


@pytest.mark.parametrize("text", ["x", "-", ""])
def test_no_further_lines_are_looked_for_where_none_has_a_digit(
    asked: list[str], text: str
) -> None:
    survey(BROAD, Dark(), Scripted(heard(text)))
    assert "further" not in asked


def test_no_further_lines_are_looked_for_beside_one_clean_shape(asked: list[str]) -> None:
    page = sheet(3)
    assert Overview(page, Dark()).shape is not None
    seen = survey(page, Dark(), Scripted(heard("3")))
    assert asked == ["lines", "transcribe", "on_its_side", "upside_down", "locate"]
    assert len(seen.transcripts) == 1


def test_a_line_that_the_finder_left_out_is_read_after_those_that_it_shows() -> None:
    class First(Dark):
        """Shows the upper line alone, while it is there."""

        def ink(self, view: NDArray[np.uint8]) -> InkMap:
            found = super().ink(view)
            if (view[:48] < 130).any() and (view[72:] < 130).any():
                found[VIEW_SIDE // 2 :] = 0
            return found

    seen = survey(LINES, First(), Scripted(heard("417"), heard("253")))
    assert [one.says for one in seen.transcripts] == ["417", "253"]
    above, below = (one.box for one in seen.transcripts)
    assert above.holds(65, 45)
    assert below.holds(65, 125)


def test_only_so_many_lines_are_read(asked: list[str]) -> None:
    places = (place for top in range(6, 180, 30) for place in row(20, 110, top, 18, 3))
    seen = survey(blocks(180, 180, *places), Dark(), Scripted(heard("417", 0.3)))
    assert len(seen.transcripts) == asked.count("transcribe") == MOST_LINES


def test_a_page_on_its_side_has_the_number_and_no_candidates(asked: list[str]) -> None:
    class Upright(Scripted):
        """Reads digits that stand side by side alone."""

        def steps(self, pixels: NDArray[np.uint8], _which: int = 0) -> Steps:
            dark = (pixels < 130).any(axis=0).astype(int)
            count = np.count_nonzero(np.diff(np.pad(dark, 1))) // 2
            self._said = (heard("417" if count == 3 else "1", 0.99 if count == 3 else 0.3),)
            return super().steps(pixels)

    page = np.ascontiguousarray(np.rot90(blocks(180, 180, *row(20, 160, 60, 50, 3))))
    seen = survey(page, Dark(), Upright())
    assert seen.caveat is Reason.TURNED
    assert [one.says for one in seen.transcripts] == ["417"]
    assert seen.candidates == ()
    assert seen.gray is page
    assert not {"locate", "further", "upside_down"} & set(asked)


def test_a_page_upside_down_has_the_number_and_no_candidates(asked: list[str]) -> None:
    any_digit = dict.fromkeys("0123456789", 0.1)
    unsure = [any_digit, any_digit, {"7": 1.0}]
    seen = survey(BROAD, Dark(), Scripted(*[unsure] * 3, heard("253", 0.99)))
    assert seen.caveat is Reason.TURNED
    assert [one.says for one in seen.transcripts] == ["253"]
    assert seen.candidates == ()
    assert not {"locate", "further"} & set(asked)


def test_a_page_of_several_lines_is_not_looked_at_upside_down(asked: list[str]) -> None:
    survey(LINES, Dark(), Scripted(heard("417", 0.001)))
    assert asked.count("transcribe") == 2
    assert "upside_down" not in asked


def test_a_blank_page_has_neither_lines_nor_candidates(finder: Finder) -> None:
    transcriber = Scripted(heard("417"))
    seen = survey(np.full((300, 400), 222, np.uint8), finder, transcriber)
    assert (seen.transcripts, seen.candidates, seen.caveat) == ((), (), None)
    assert transcriber.strips == []


def test_the_whole_page_is_looked_at_once() -> None:
    page, finder = blocks(180, 180, *row(20, 160, 60, 40)), Dark()
    overview = Overview(page, finder)
    _ = overview.crop
    (whole,) = finder.views
    survey(page, finder := Dark(), Scripted(heard("41725", 0.3)))
    assert sum(np.array_equal(view, whole) for view in finder.views) == 1


@pytest.mark.parametrize("text", ["0417", "25"])
def test_drawn_lines_are_read_each(finder: Finder, text: str) -> None:
    transcriber = Transcriber(NUMBERS)
    seen = survey(number(text), finder, transcriber)
    assert [one.says for one in seen.transcripts] == [text]
    both = survey(number(text, "38"), finder, transcriber).transcripts
    assert sorted(one.says for one in both) == sorted([text, "38"])
