"""How an image lies → the image, upright."""

from PIL import Image

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation (Exif 2.32, tag 0x0112); from 5 on, width and height change
places."""


def upright(shown: Image.Image, orientation: int) -> Image.Image:
    """What is ``shown`` as it is stored, with its EXIF ``orientation`` undone."""
    return shown.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else shown


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none or the EXIF data is damaged."""
    try:
        orientation = image.getexif().get(0x0112, 1)
    except MemoryError:
        raise
    except Exception:  # the picture is good all the same
        return 1
    return orientation if orientation in _UPRIGHT else 1
