"""BMP data → are there more than its picture has pixels for?"""

import struct

_HEADER = 14
_UNCOMPRESSED = (0, 3)
"""What its compression is then: none, or with masks of the colours."""


def has_spare_data(data: bytes) -> bool:
    """Whether an uncompressed BMP goes on behind its last row, and is longer than it says that it
    is: something was put amid its data. Zeros may follow."""
    length, _, _, start, size = struct.unpack_from("<IHHII", data, 2)
    if size < 40:  # of OS/2: it says less of itself
        return False
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, _HEADER + 4)
    if compression not in _UNCOMPRESSED:
        return False
    end = start + (abs(width) * bits + 31) // 32 * 4 * abs(height)
    return len(data) != length and len(data) > end and any(data[max(end, length) :])
