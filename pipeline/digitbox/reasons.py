"""What became of an image, and why: the words that tables and JSON have for it."""

from enum import StrEnum


class Status(StrEnum):
    """What became of an image."""

    ACCEPTED = "accepted"
    REVIEW = "review"
    BLANK = "blank"
    NOT_DIGIT = "not_digit"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a reading is not simply ``accepted``. Explained one by one in ``docs/output.md``."""

    # review
    LOW_CONFIDENCE = "low_confidence"
    SEVERAL_MARKS = "several_marks"
    SEVERAL_LINES = "several_lines"
    OTHER_LENGTH = "other_length"
    OTHER_DECIMALS = "other_decimals"
    MINUS = "minus"
    OTHER_WRITING = "other_writing"
    SIGN = "sign"
    TURNED = "turned"
    DARK_EDGES = "dark_edges"
    UNUSUAL_SHAPE = "unusual_shape"
    CUT_OFF = "cut_off"
    INCOMPLETE = "incomplete"
    COLOUR_ONLY = "colour_only"
    DAMAGED = "damaged"
    # review: fields of forms
    MISALIGNED = "misaligned"
    FORM_IN_DOUBT = "form_in_doubt"
    AS_PRINTED = "as_printed"
    STRUCK_OUT = "struck_out"
    NOT_POSSIBLE = "not_possible"
    CHECK_FAILED = "check_failed"
    REQUIRED = "required"
    NOT_UNIQUE = "not_unique"
    PAGE_MISSING = "page_missing"
    PAGE_DOUBLED = "page_doubled"
    # accepted, review
    BY_LIST = "by_list"
    BY_CHECK = "by_check"
    # not_digit
    OTHER_PAGE = "other_page"
    # accepted, not_digit
    REVIEWED = "reviewed"
    DUPLICATE = "duplicate"
    # failed: the file's own fault
    EMPTY = "empty"
    NOT_AN_IMAGE = "not_an_image"
    FORMATS_EXTRA_MISSING = "formats_extra_missing"
    PASSWORD = "password"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    UNSUPPORTED_PIXELS = "unsupported_pixels"
    UNSUPPORTED_COMPRESSION = "unsupported_compression"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_BYTES = "too_many_bytes"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    DECODER_CRASHED = "decoder_crashed"
    # failed: the file could not be had
    NO_PERMISSION = "no_permission"
    VANISHED = "vanished"
    UNREADABLE = "unreadable"
    BUSY = "busy"


UNDECODABLE = frozenset((Reason.EMPTY, Reason.NOT_AN_IMAGE, Reason.TRUNCATED, Reason.CORRUPT))
"""What a file may look like that is not complete yet."""

INACCESSIBLE = frozenset((Reason.NO_PERMISSION, Reason.UNREADABLE, Reason.BUSY))
"""What may pass: the content could not be had, and nothing is known of it."""

UNREPEATABLE = frozenset(
    (Reason.TIMEOUT, Reason.MEMORY, Reason.DECODER_CRASHED, Reason.FORMATS_EXTRA_MISSING)
)
"""What may come out differently when the same content is read again."""
