"""A file's name → what it says of the file, by the conventions of the programs that write files.

Names are compared without regard to case.
"""

import re

ONE_PAGE_SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".webp", ".heic", ".heif",
    ".hif", ".avif",
)  # fmt: skip
"""Names of formats to which nobody adds a page: what was written and closed is all there is. To a
TIFF or a PDF pages are added, and each of its states until then is a whole file, too."""

UNFINISHED_PREFIXES = (".", "~$")
"""Hidden files, and those that office programs have open."""

UNFINISHED_SUFFIXES = (
    # browsers
    ".part", ".partial", ".crdownload", ".crswap", ".download", ".opdownload",
    # managers of downloads
    ".aria2", ".bc!", ".dap", ".downloading", ".dtapart", ".fdmdownload", ".getright", ".jc!",
    ".lftp-pget-status", ".ob!", ".td", ".td.cfg", ".ucdownload", ".wkdownload", ".xltd",
    ".xltd.cfg", ".ytdl", ".!bt", ".!qb", ".!ut", ".part.met",
    # what copies and synchronises, and what stands there in the place of a file
    "._copying_", ".copying", ".filepart", ".gstmp", ".icloud", ".mega", ".nextcloud", ".owncloud",
    ".part.minio", ".rsls", ".rslsd", ".rslsf", ".rslsv", ".rsync-partial", ".!sync",
    # any program
    ".incomplete", ".inprogress", ".in-progress", ".unfinished", ".upload", ".uploading",
    ".writing", "_exiftool_tmp",
    # axel's account of a file
    *(suffix + ".st" for suffix in (*ONE_PAGE_SUFFIXES, ".tif", ".tiff", ".pdf")),
    # locks, and what editors keep beside a file
    ".lck", ".lock", ".swo", ".swp", ".swx", "~",
)  # fmt: skip
"""Names that programs give to files they have not finished, or that are no files of their own."""

_TEMPORARY = re.compile(
    r"\.(?:[a-z_!-]*te?mp[\W_]*"  # .tmp .temp .ffs_tmp .__tmp__ .tmp~ .vsctmp
    r"|tmp-?[0-9a-f]+"  # .tmp1a2b3c
    r"|sb-[0-9a-f]{8}-\w{6})$"  # macOS, while it saves
)
"""Ends of names of what is temporary, by the word or by their form."""

SYSTEM_NAMES = {
    # Windows
    "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "$recycle.bin", "recycler",
    "system volume information", "msocache", "lost.dir",
    # macOS
    "__macosx", "icon\r", "icon\uf00d", "network trash folder", "temporary items",
    "thevolumesettingsfolder",
    # Linux
    *(f"found.{number:03}" for number in range(100)),  # of chkdsk
    "lost+found", "aquota.user", "aquota.group",
    # Synology, QNAP
    "@eadir", "#recycle", "#snapshot", "@tmp", "@sharebin", "@recycle", "@recently-snapshot",
    "@__thumb", "@transcode",
    # what synchronises folders
    "_gsdata_", "_syncapp",
}  # fmt: skip
"""Files and folders that systems and their shares keep in every folder: thumbnails, deleted files,
earlier states, settings."""

SYSTEM_SUFFIXES = (
    ".ffs_db", ".ffs_lock", ".ffs_batch", "@synoeastream", "@synoresource", "zone.identifier",
    "com.dropbox.attributes", "com.dropbox.attrs",
)  # fmt: skip
"""The same for what they keep beside a file. The colon before a stream's name may have become
anything on the way."""

_STREAM = re.compile(
    "[:\uf022\uf03a]"  # as shares write a colon
    r"(?:com\.(?:dropbox|apple)\.|(?:afp_afpinfo|afp_resource|smartscreen|encryptable|favicon"
    r"|ms-properties|oecustomproperty|\w*\$data)$)"
)
"""Further streams of a file, as files of their own."""

_PROVISIONAL_WORDS = {"incomplete", "new", "part", "partial", "temp", "tmp", "unfinished", "upload"}

SIDECARS = (".aria2", ".lftp-pget-status", ".st")
"""What aria2, lftp and axel append to the name of a file that they are writing, for a file of
theirs beside it. It is gone when the file is complete."""

PLACEHOLDER_SIDECARS = (".part", ".crdownload", ".opdownload", ".partial", ".download")
"""What browsers append for the content, while an empty file keeps the name itself."""


def skips_name(name: str) -> str | None:
    """Why a file or folder of that name is not read: ``unfinished`` or ``system``; None where it
    is."""
    name = name.lower()
    whole = name.removesuffix(":$data")
    if name in SYSTEM_NAMES or whole.endswith(SYSTEM_SUFFIXES) or _is_stream(whole):
        return "system"
    if name.startswith(UNFINISHED_PREFIXES) or name.endswith(UNFINISHED_SUFFIXES):
        return "unfinished"
    return "unfinished" if "." in name and _TEMPORARY.search(name) else None


def skips_place(name: str) -> str | None:
    """The same for what a file, or a folder that it is in, is called: ``name`` is its place, with
    slashes."""
    return next(filter(None, map(skips_name, name.split("/"))), None)


def is_whole_when_closed(name: str) -> bool:
    """Whether a file of that name, or place with slashes, is complete as soon as its writer has
    closed it: its format has one page, and the name is not one that writers change when they are
    done."""
    stem, point, suffix = name.rpartition("/")[2].lower().rpartition(".")
    if point + suffix not in ONE_PAGE_SUFFIXES:
        return False
    words = re.split(r"[._~ -]+", stem)
    return not (words[0].startswith("tmp") or words[-1] in _PROVISIONAL_WORDS)


def _is_stream(name: str) -> bool:
    return (":" in name or not name.isascii()) and bool(_STREAM.search(name))
