"""The content of a file → the same, damaged at random."""

import random
import struct
import zlib

EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Numbers at which lengths overflow."""


def damaged(content: bytes, draw: random.Random) -> bytes:
    """One to many things in ``content`` are other things, more of them at its beginning."""
    data = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 4, 10, 40))):
        if not data:
            break
        place = draw.randrange(len(data) if draw.random() < 0.6 else min(len(data), 128))
        draw.choice((flip, flip, flip, put, put_edge, put_edge, cut, insert, swap, end, repeat))(
            data, place, draw
        )
    return bytes(data)


def flip(data: bytearray, place: int, draw: random.Random) -> None:
    data[place] ^= 1 << draw.randrange(8)


def put(data: bytearray, place: int, draw: random.Random) -> None:
    data[place] = draw.randrange(256)


def put_edge(data: bytearray, place: int, draw: random.Random) -> None:
    size = draw.choice((2, 4))
    number = draw.choice(EDGES) % (1 << 8 * size)
    data[place : place + size] = struct.pack(draw.choice("<>") + "_HI"[size // 2], number)


def cut(data: bytearray, place: int, draw: random.Random) -> None:
    del data[place : place + draw.choice((1, 2, 4, 16, 128))]


def insert(data: bytearray, place: int, draw: random.Random) -> None:
    data[place:place] = draw.randbytes(draw.choice((1, 4, 64)))


def swap(data: bytearray, place: int, draw: random.Random) -> None:
    other, length = draw.randrange(len(data)), draw.randrange(1, 48)
    here, there = data[place : place + length], data[other : other + length]
    data[other : other + len(there)] = here
    data[place : place + len(here)] = there


def end(data: bytearray, place: int, _: random.Random) -> None:
    del data[place:]


def repeat(data: bytearray, place: int, draw: random.Random) -> None:
    data[place:place] = data[place : place + draw.randrange(1, 256)] * draw.choice((1, 2, 50))


def with_checksums(data: bytes) -> bytes:
    """A PNG whose chunks have the checksums of what is in them."""
    out, start = data[:8], 8
    while start + 12 <= len(data):
        stop = start + 8 + int.from_bytes(data[start : start + 4], "big")
        if stop + 4 > len(data):
            break
        out += data[start:stop] + struct.pack(">I", zlib.crc32(data[start + 4 : stop]))
        start = stop + 4
    return out + data[start:]
