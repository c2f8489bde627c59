"""Names were looked up in what programs document, and in lists of what to leave out of backups and
of folders that are synchronised."""

import pytest

from digitbox.storage.conventions import is_whole_when_closed, skips_name, skips_place

UNFINISHED = [
    # browsers
    *("a.png.part", "a.png.crdownload", "Unconfirmed 1234.crdownload", "a.png.opdownload"),
    *("a.png.download", "a.png.partial", "a.png.crswap", ".com.google.Chrome.x1y2"),
    # managers of downloads
    *("a.png.aria2", "a.png.!ut", "a.png.!qB", "a.png.bc!", "a.png.td", "a.png.fdmdownload"),
    *("a.png.lftp-pget-status", "a.png.st", "a.tiff.st", "a.png.dtapart", "a.png.xltd"),
    # what copies and synchronises
    *("a.png.filepart", "a.png_.gstmp", "a.png.!sync", "a.png.ffs_tmp", "~syncthing~a.png.tmp"),
    *(".syncthing.a.png.tmp", "a.JPG.ocTransferId123.part", "a.png.rsync-partial", ".a.png.X1y2Z3"),
    *("a.png._COPYING_", "a.png.part.minio", "a.png.nextcloud", "a.png.icloud", "a.png.rsls"),
    # folders of Syncthing, Resilio, Dropbox; deleted files
    *(".stversions", ".stfolder", ".sync", ".dropbox.cache", ".Trash-1000", ".DS_Store", "._a.png"),
    # anything temporary
    *("a.png.tmp", "a.TMP", "a.png.temp", "a.png.__tmp__", "a.png.tmp~", "a.png.tmp1a2b", "~a.tmp"),
    *("a.png_exiftool_tmp", "a.png.vsctmp", "a.png.sb-1a2b3c4d-X1y2Z3", "a.png.incomplete"),
    *("a.png.unfinished", "a.png.upload", "a.png.uploading", "a.png.writing", "a.png.inprogress"),
    # locks and editors
    *("a.png~", "a.png.partial~", "a.png.swp", "a.png.lock", "~$a.docx", ".~lock.a.png#"),
]

SYSTEM = [
    *("Thumbs.db", "THUMBS.DB", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "Desktop.ini"),
    *("$RECYCLE.BIN", "$Recycle.Bin", "RECYCLER", "System Volume Information", "found.000"),
    *("__MACOSX", "Icon\r", "Network Trash Folder", "Temporary Items", "lost+found", "LOST.DIR"),
    *("@eaDir", "#recycle", "#snapshot", "@Recycle", "@Recently-Snapshot", "@__thumb", "@tmp"),
    *("a.png@SynoEAStream", "a.png@SynoResource", "_gsdata_", "_SYNCAPP", "sync.ffs_db"),
    *("a.png:Zone.Identifier", "a.png\uf03aZone.Identifier", "a.png\uf022Zone.Identifier"),
    *("a.pngZone.Identifier", "a.png:Zone.Identifier:$DATA", "a.png:com.dropbox.attributes"),
    *("a.png:com.dropbox.attrs", "a.png:com.apple.quarantine", "a.png\uf022AFP_AfpInfo"),
    *("a.png:SmartScreen", "Thumbs.db:encryptable"),
]

READ = [
    *("a.png", "no suffix", "scan 12:30:05.png", "2026:11:29.tif", "ä.jpg", "caf\udce9.png", "5"),
    # What a person may call a folder or a file
    *("temperature", "body_temp", "12.5_temp", "templates", "temp", "tmp", "part 1", "recycled"),
    *("icon", "icon.png", "@home", "#5", "$5.png", "~5.png", "-3.png", "new", "download", "upload"),
    *("lost and found", "a.bak", "a.old", "com.dropbox", "found.png", "a.st", "system", "snapshot"),
    # What waits until it has stood still
    *("a.png.1a2b3c4d", "a.png.6e4Ba1C7", "a.tmp.png", "tmpk3j2_x9a"),
]


@pytest.mark.parametrize("name", UNFINISHED)
def test_what_a_program_has_not_finished_is_left(name: str) -> None:
    assert skips_name(name) == "unfinished"


@pytest.mark.parametrize("name", SYSTEM)
def test_what_a_system_keeps_for_itself_is_left(name: str) -> None:
    assert skips_name(name) == "system"


@pytest.mark.parametrize("name", READ)
def test_what_a_person_may_call_a_file_is_read(name: str) -> None:
    assert skips_name(name) is None


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("room/a.png", None),
        ("room/@eaDir/a.png/SYNOPHOTO_THUMB_M.jpg", "system"),
        ("room/.stversions/a.png", "unfinished"),
        ("Icon\r", "system"),
        ("a.png.part/a.png", "unfinished"),
    ],
)
def test_a_place_is_left_for_any_of_its_folders(place: str, reason: str | None) -> None:
    assert skips_place(place) == reason


@pytest.mark.parametrize(
    "name",
    [
        "a.png",
        "A.JPG",
        "a.jpeg",
        "b/a.gif",
        "a.b.webp",
        "a.heic",
        "a.BMP",
        "part 2.png",
        "tmp/a.png",
    ],
)
def test_what_has_one_page_is_whole_when_it_is_closed(name: str) -> None:
    assert is_whole_when_closed(name)


@pytest.mark.parametrize(
    "name",
    # more pages may follow
    [
        *("a.tif", "a.TIFF", "a.pdf", "a.mpo"),
        # another name may follow
        *("a", "", "a.png/a", "a.png.1a2b3c4d", "a.part.png", "a-new.png", "tmp1x2y.png"),
        *("a_tmp.jpg", "a.tmp.png", "a.png_new"),
    ],
)
def test_what_may_change_yet_is_not_whole_when_it_is_closed(name: str) -> None:
    assert not is_whole_when_closed(name)
