"""Why a file could not be read → what can be done about it, for who has just sent it."""

import importlib.util

from digitbox.extras import how_to_install
from digitbox.records import Reason

ALWAYS = "PNG, JPEG, TIFF, BMP, GIF and WebP"
"""Formats that are read."""

WITH_EXTRA = "PDF and HEIC"
"""Those that are with the extra ``formats``."""

_ADVICE = {
    Reason.EMPTY: "The file has no content. Scan it again.",
    Reason.PASSWORD: "The PDF opens only with a password or a certificate. Save it without.",
    Reason.TRUNCATED: "The file ends too early. Copy it again.",
    Reason.CORRUPT: "The file is damaged. Copy or scan it again.",
    Reason.UNSUPPORTED_PIXELS: "Its pixels are of a rare kind. Convert it, for example to PNG.",
    Reason.UNSUPPORTED_COMPRESSION: "It is compressed in a rare way. Convert it, for example to "
    "PNG.",
    Reason.TOO_MANY_PIXELS: "The page has more pixels than limits.pixels. Scan it with fewer dots "
    "an inch.",
    Reason.TOO_MANY_PAGES: "The document has more pages than limits.pages. Split it.",
    Reason.TIMEOUT: "It took longer than limits.seconds. Convert it, for example to PNG.",
    Reason.MEMORY: "It took more than limits.memory. Scan it with fewer dots an inch.",
    Reason.DECODER_CRASHED: "The process that read it crashed. Convert it, for example to PNG.",
    Reason.INCOMPLETE: "Something on the page could not be drawn. Print it to a PDF anew.",
}


def advice(reason: Reason) -> str | None:
    """What can be done, in a sentence or two; None where the page could be read."""
    if reason is Reason.NOT_AN_IMAGE:
        more = WITH_EXTRA if importlib.util.find_spec("pypdfium2") else None
        can = f"{ALWAYS}, and {more}" if more else ALWAYS
        return f"This is no image that can be read. These can: {can}."
    if reason is Reason.FORMATS_EXTRA_MISSING:
        command = how_to_install("formats")
        return f"{WITH_EXTRA} can be read once packages are installed: {command}. {ALWAYS} can now."
    return _ADVICE.get(reason)
