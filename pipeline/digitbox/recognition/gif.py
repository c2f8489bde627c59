"""GIF data → has their picture as many pixels as it should?"""

import struct

_LONGEST = 1_000_000
"""Bytes of a picture that are looked at: that takes 0.2 seconds."""

_TABLE, _BLOCK, _IMAGE = 0x80, 0x21, 0x2C
_WIDEST = 12
"""Bits of a code, at most (GIF 89a, appendix F)."""


def is_damaged(data: bytes) -> bool:
    """Whether the codes of the first picture of a GIF stand for more or fewer pixels than it has,
    though it was decoded: its decoder takes as many as it needs. One that ends without saying so
    is whole if it has them."""
    try:
        pixels, bits, coded = _picture(data)
    except (IndexError, struct.error):
        return True
    if len(coded) > _LONGEST:
        return False
    found, is_ended = _length(coded, bits)
    return found < pixels or (is_ended and found > pixels)


def _picture(data: bytes) -> tuple[int, int, bytes]:
    """How many pixels the first picture has, with how many bits its codes begin, and the codes."""
    start = 13 + _table(data[10])
    while data[start] == _BLOCK:
        start = _blocks(data, start + 2)[0]
    if data[start] != _IMAGE:
        raise IndexError
    width, height, flags = struct.unpack_from("<HHB", data, start + 5)
    start += 10 + _table(flags)
    return width * height, data[start], _blocks(data, start + 1)[1]


def _table(flags: int) -> int:
    """How many bytes a table of colours has."""
    return 3 << ((flags & 7) + 1) if flags & _TABLE else 0


def _blocks(data: bytes, start: int) -> tuple[int, bytes]:
    """Where what comes in blocks ends, and their content."""
    content = []
    while size := data[start]:
        content.append(data[start + 1 : start + 1 + size])
        start += 1 + size
    return start + 1, b"".join(content)


def _length(coded: bytes, bits: int) -> tuple[int, bool]:
    """For how many pixels the codes stand, and whether the last one says that it is the last."""
    clear, end = 1 << bits, (1 << bits) + 1
    fresh = [1] * (end + 1)
    lengths = fresh.copy()
    total, before, width, held, have = 0, 0, bits + 1, 0, 0
    for byte in coded:
        held |= byte << have
        have += 8
        while have >= width:
            code = held & ((1 << width) - 1)
            held >>= width
            have -= width
            if code == clear:
                lengths, before, width = fresh.copy(), 0, bits + 1
                continue
            if code == end:
                return total, True
            if before and len(lengths) < 1 << _WIDEST:
                lengths.append(before + 1)
            if code >= len(lengths):  # no code yet
                return total, False
            before = lengths[code]
            total += before
            if len(lengths) == (1 << width) and width < _WIDEST:
                width += 1
    return total, False
