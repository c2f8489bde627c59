"""Handwriting fonts from npm → masks of digits in many writers, and of characters that are none."""

import hashlib
import logging
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from platformdirs import user_cache_path
from tqdm import tqdm

from digitbox.errors import TrainingError
from digitbox.records import DIGITS
from digitbox.storage.files import writing_whole

log = logging.getLogger(__name__)

SIZE, BOX = 64, 56
"""A mask's side, and the side of the square within it that a glyph's bounding box is fitted to."""

FONT_SIZE = 256
"""Glyphs are drawn at this many pixels an em, so that they are scaled down, not up."""

HANDWRITING = (
    "annie-use-your-telescope@5.3.0", "architects-daughter@5.3.0", "bad-script@5.3.0",
    "beth-ellen@5.3.0", "caveat@5.2.8", "caveat-brush@5.3.0", "cedarville-cursive@5.3.0",
    "chilanka@5.3.0", "coming-soon@5.3.0", "covered-by-your-grace@5.3.0", "crafty-girls@5.3.0",
    "dawning-of-a-new-day@5.3.0", "dekko@5.3.0", "delicious-handrawn@5.3.0", "delius@5.3.0",
    "edu-nsw-act-foundation@5.3.0", "edu-qld-beginner@5.3.0", "edu-sa-beginner@5.3.0",
    "edu-tas-beginner@5.3.0", "edu-vic-wa-nt-beginner@5.3.0", "fuzzy-bubbles@5.3.0",
    "gaegu@5.3.0", "gamja-flower@5.3.0", "give-you-glory@5.3.0", "gloria-hallelujah@5.3.0",
    "gochi-hand@5.3.0", "grape-nuts@5.3.0", "handlee@5.3.0", "hi-melody@5.3.0",
    "homemade-apple@5.3.0", "indie-flower@5.3.0", "itim@5.3.0", "just-another-hand@5.3.0",
    "just-me-again-down-here@5.3.0", "kalam@5.3.0", "kavivanar@5.3.0", "kristi@5.3.0",
    "la-belle-aurore@5.3.0", "loved-by-the-king@5.3.0", "mali@5.3.0", "mansalva@5.3.0",
    "marck-script@5.3.0", "mynerve@5.3.0", "nanum-pen-script@5.3.0", "neucha@5.3.0",
    "nothing-you-could-do@5.3.0", "oooh-baby@5.3.0", "over-the-rainbow@5.3.0", "pangolin@5.3.0",
    "patrick-hand@5.3.0", "permanent-marker@5.3.0", "playpen-sans@5.3.0", "playwrite-ar@5.3.0",
    "playwrite-br@5.3.0", "playwrite-cz@5.3.0", "playwrite-de-grund@5.3.0",
    "playwrite-dk-loopet@5.3.0", "playwrite-fr-trad@5.3.0", "playwrite-hr@5.3.0",
    "playwrite-in@5.3.0", "playwrite-mx@5.3.0", "playwrite-nl@5.3.0", "playwrite-pt@5.3.0",
    "playwrite-ro@5.3.0", "poor-story@5.3.0", "reenie-beanie@5.3.0", "rock-salt@5.3.0",
    "schoolbell@5.3.0", "sedgwick-ave@5.3.0", "shadows-into-light@5.3.0",
    "shadows-into-light-two@5.3.0", "shantell-sans@5.3.0", "short-stack@5.3.0",
    "solitreo@5.3.0", "square-peg@5.3.0", "sriracha@5.3.0", "sue-ellen-francisco@5.3.0",
    "sunshiney@5.3.0", "swanky-and-moo-moo@5.3.0", "the-girl-next-door@5.3.0",
    "waiting-for-the-sunrise@5.3.0", "yomogi@5.3.0", "yusei-magic@5.3.0", "zen-kurenaido@5.3.0",
    "zeyada@5.3.0",
)  # fmt: skip
"""Packages ``@fontsource/…`` whose Latin characters and digits look written by hand. All are under
the Open Font License or the Apache License."""

OTHERS = (
    "aref-ruqaa@5.3.0", "mirza@5.3.0", "noto-sans-arabic@5.3.0", "noto-sans-bengali@5.3.0",
    "noto-sans-devanagari@5.3.0", "noto-sans-gujarati@5.3.0", "noto-sans-hebrew@5.3.0",
    "noto-sans-kannada@5.3.0", "noto-sans-khmer@5.3.0", "noto-sans-malayalam@5.3.0",
    "noto-sans-tamil@5.3.0", "noto-sans-telugu@5.3.0", "noto-sans-thai@5.3.0", "ranga@5.2.7",
)  # fmt: skip
"""Packages of which only the characters that are not Latin are taken: most of them are print."""

_SAME_DIGITS = (
    "playwrite-ar", "playwrite-br", "playwrite-dk-loopet", "playwrite-fr-trad", "playwrite-hr",
    "playwrite-in", "playwrite-mx", "playwrite-nl", "playwrite-pt", "playwrite-ro",
)  # fmt: skip
"""Playwrite's national writers differ in their letters only: their digits are those of
``playwrite-de-grund`` or, slanted, of ``playwrite-cz``."""

WITHOUT = {
    **dict.fromkeys(_SAME_DIGITS, "".join(DIGITS)),
    "gochi-hand": "1",
    "just-another-hand": "7",
    "just-me-again-down-here": "7",
    "poor-story": "1",
    "sue-ellen-francisco": "7",
    "sunshiney": "3569",
}
"""Glyphs of a font that are left out: digits that are another font's, a 1 and a 7 that read as each
other, digits that end in spirals."""

SUBSETS = {
    "latin": ("AZ", "az", "+äöüßåøæñçéÄÖÜÅØÆÑÇÉ?!=-%&#@*/\\|()[]{}<>~^$€§"),
    "greek": ("ΑΩ", "αω"),
    "cyrillic": ("Ая",),
    "hebrew": ("את",),
    "arabic": ("ءغ", "في", "١٩", "۱۹", "+پچژگیڈٹۃ"),
    "devanagari": ("०९", "अऔ", "कह"),
    "bengali": ("০৯", "অঔ", "কহ"),
    "gujarati": ("૦૯", "અઔ", "કહ"),
    "tamil": ("௦௯", "அஔ", "கஹ"),
    "telugu": ("౦౯", "అఔ", "కహ"),
    "kannada": ("೦೯", "ಅಔ", "ಕಹ"),
    "malayalam": ("൦൯", "അഔ", "കഹ"),
    "thai": ("๐๙", "กฮ", "+ฯะาเแโใไๅๆ฿"),
    "khmer": ("០៩", "កអ", "ឣឳ"),
    "korean": ("ㄱㅣ", "+가나다라마바사아자차카타파하고노도로모보소오일이삼육칠팔구십"),
    "japanese": ("あん", "アン", "+一二三四五六七八九十百千万円日月火水木金土上下中大小人口年"),
}
"""The characters taken of each subset that fontsource cuts a font into, the digits apart: the first
and the last of a run, or a ``+`` and all of them. A run's unassigned code points are no glyphs."""

_TAKEN_FOR = {
    "0": "OoDQØøÖöΟοΘθσΦОоهة٥۵०০૦௦౦೦൦ഠ๐อ០סםㅁㅇロ口の",
    "1": "IliJj|/\\!()[]^ΙιΛاأإ١۱וןיזเโใไาๅរវㅣノィイ",
    "2": "ZzQΖгב२২૨રટ௨உ౨౭೨೩೭൨ഉวㄹ",
    "3": "ZzЗзЭэ३उइ৩૩౩ദるろョヨ",
    "4": "AYyΑΥАУуЧч५૫પ",
    "5": "Ss$§ςБىیडકડടธรうちら",
    "6": "bGσδбЬьطט७८৬৮๔๖៤៦",
    "7": "TΤτТт٦דךרזㄱㅋㅜาๅๆてアクテフマラヮワヲ",
    "8": "BßgΒβδΘθВв&§฿४৪૪౪೪ഋള日",
    "9": "gqQyдуوפר٩۹१९১৭৯ঌ૧૭౨೨൭๑จๆ១៩",
}

LOOKALIKES = {
    character: "".join(digit for digit, taken in _TAKEN_FOR.items() if character in taken)
    for character in sorted(set("".join(_TAKEN_FOR.values())))
}
"""Characters that are no digits → the digits that a reader who does not know the script, or sees
the character alone, may take them for: one or more of 0 to 9. Judged by eye, with what ``cnn`` said
of them as a hint; what only ``cnn`` takes for a digit (H, M, W for 4) is not in it."""


@dataclass(frozen=True)
class Glyphs:
    """Images are uint8 ``[N, 64, 64]``, ink 255 on background 0, antialiased: the glyph's bounding
    box scaled to fit 56×56 and centred. ``characters`` says what each shows, ``fonts`` in which
    font, named as its package without ``@fontsource/``."""

    images: NDArray[np.uint8]
    characters: tuple[str, ...]
    fonts: tuple[str, ...]


def load() -> Glyphs:
    """The glyphs, from the user's cache, which is filled from npm where it has none of this set.

    Raises :class:`TrainingError` where a package cannot be fetched or the cache is damaged.
    """
    cache = user_cache_path("digitbox") / f"glyphs-{_fingerprint()}.npz"
    if not cache.exists():
        _fill(cache)
    return _read(cache)


def draw(font: ImageFont.FreeTypeFont, character: str) -> NDArray[np.uint8] | None:
    """The mask of a character, uint8 ``[64, 64]`` as in :class:`Glyphs`; None where the font has no
    glyph for it, or one without ink."""
    ink = _ink(font, character)
    if ink is None or _same(ink, _ink(font, "\uffff")):  # what is drawn for what is missing
        return None
    scale = BOX / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    top, left = (SIZE - height) // 2, (SIZE - width) // 2
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[top : top + height, left : left + width] = cv2.resize(
        ink, (width, height), interpolation=cv2.INTER_AREA
    )
    return mask


def _ink(font: ImageFont.FreeTypeFont, character: str) -> NDArray[np.uint8] | None:
    left, top, right, bottom = (round(side) for side in font.getbbox(character))
    if right <= left or bottom <= top:
        return None
    page = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(page).text((-left, -top), character, font=font, fill=255)
    box = page.getbbox()
    return None if box is None else np.asarray(page.crop(box))


def _same(one: NDArray[np.uint8], other: NDArray[np.uint8] | None) -> bool:
    return other is not None and np.array_equal(one, other)


def _fingerprint() -> str:
    """Changes with whatever changes the glyphs."""
    parts = (
        HANDWRITING,
        OTHERS,
        sorted(WITHOUT.items()),
        sorted(SUBSETS.items()),
        SIZE,
        BOX,
        FONT_SIZE,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def _fill(cache: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _fetch([*HANDWRITING, *OTHERS], Path(folder))
        glyphs = list(_drawn(Path(folder)))
    masks, characters, fonts = zip(*glyphs, strict=True)
    cache.parent.mkdir(parents=True, exist_ok=True)
    with writing_whole(cache) as file:
        np.savez_compressed(
            file,
            images=np.stack(masks),
            characters=np.array(characters),
            fonts=np.array(fonts),
        )


def _read(cache: Path) -> Glyphs:
    try:
        with cache.open("rb") as stream, np.load(stream) as arrays:
            return Glyphs(
                arrays["images"],
                tuple(arrays["characters"].tolist()),
                tuple(arrays["fonts"].tolist()),
            )
    except (OSError, ValueError, KeyError, EOFError, zlib.error, BadZipFile) as error:
        raise TrainingError(f"{cache}: cannot be read: {error}. Remove it.") from error


def _fetch(packages: Sequence[str], folder: Path) -> None:
    """Put the archive of each package, checked by npm, into the folder."""
    npm = shutil.which("npm")
    if npm is None:
        raise TrainingError("the handwriting fonts cannot be fetched: no npm client is installed")
    groups = [packages[start : start + 10] for start in range(0, len(packages), 10)]
    log.info("fetching %d fonts from npm", len(packages))
    with (
        ThreadPoolExecutor(2) as pool,
        tqdm(total=len(packages), desc="fonts", unit="font") as progress,
    ):
        for group, _ in zip(groups, pool.map(lambda g: _pack(npm, g, folder), groups), strict=True):
            progress.update(len(group))


def _pack(npm: str, packages: Sequence[str], folder: Path) -> None:
    command = [npm, "pack", "--loglevel=error", *(f"@fontsource/{name}" for name in packages)]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=300)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        if len(packages) > 1:  # one by one, to tell which of them it is
            for name in packages:
                _pack(npm, [name], folder)
            return
        said = str(error.stderr or error).strip()
        raise TrainingError(
            f"the font @fontsource/{packages[0]} cannot be fetched from npm: {said}"
        ) from error


def _font(archive: tarfile.TarFile, name: str, subset: str) -> ImageFont.FreeTypeFont | None:
    try:
        file = archive.extractfile(f"package/files/{name}-{subset}-400-normal.woff")
    except KeyError:
        return None
    if file is None:
        return None
    # Basic layout draws each character as its font has it alone, and needs no shaper.
    return ImageFont.truetype(BytesIO(file.read()), FONT_SIZE, layout_engine=ImageFont.Layout.BASIC)


def _drawn(folder: Path) -> Iterator[tuple[NDArray[np.uint8], str, str]]:
    for package in (*HANDWRITING, *OTHERS):
        name, _, version = package.partition("@")
        left_out = WITHOUT.get(name, "")
        with tarfile.open(folder / f"fontsource-{name}-{version}.tgz") as archive:
            for subset in SUBSETS:
                font = _font(archive, name, subset)
                if font is None or (subset == "latin" and package in OTHERS):
                    continue
                for character in _characters(subset):
                    mask = None if character in left_out else draw(font, character)
                    if mask is not None:
                        yield mask, character, name


def _characters(subset: str) -> Iterable[str]:
    if subset == "latin":
        yield from DIGITS
    for run in SUBSETS[subset]:
        if run.startswith("+"):
            yield from run[1:]
        else:
            yield from map(chr, range(ord(run[0]), ord(run[1]) + 1))
