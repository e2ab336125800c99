"""Image files, loose or inside a zip or an LMDB: finding them, reading their bytes, decoding them.

An image inside an archive is named `archive.zip::folder/member.png`, one inside an LMDB `set/data.mdb::image-000000001`.
Names are compared in normal form C, because the same Korean file name is stored as NFC by Windows and as NFD by macOS.
Images are opened from bytes, never by name through OpenCV, which cannot open Korean names on Windows.
"""

import os
import unicodedata
from functools import lru_cache
from pathlib import Path

import numpy as np

from ocr_crnn.images import ORIENTATION, check_size, decode_picture, open_picture, resolution, spread_grey, square_size
from ocr_crnn.ops.lines import to_grey
from ocr_crnn.untrusted.lmdb_tree import LmdbTree
from ocr_crnn.untrusted.plain import DamagedFileError, open_plain, read_plain
from ocr_crnn.untrusted.zips import open_zip, read_member

IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".gif", ".webp"}
ARCHIVE_MARK = "::"
LMDB_NAME = "data.mdb"  # of the file in the folder of an LMDB
MOST_BYTES = 1 << 28  # of an encoded image


class UnreadableImageError(ValueError):
    """The bytes of an image file are not an image that can be decoded in full."""


def read_image_bytes(image_path):
    """The encoded bytes of an image file, of `archive.zip::member` or of `data.mdb::key`.

    Raises FileNotFoundError where nothing has this name in either normal form, UnreadableImageError for a damaged
    archive member and OSError where the system refuses.
    """
    archive_path, mark, member = str(image_path).partition(ARCHIVE_MARK)
    if not mark:
        try:
            return read_plain(resolve_path(image_path), MOST_BYTES)
        except DamagedFileError as error:
            raise UnreadableImageError(str(error)) from None
    if base_name(archive_path) == LMDB_NAME:
        return _read_lmdb_image(archive_path, member)
    archive = open_archive(archive_path)
    name = archive.members.get(normalize(member))
    if name is None:
        raise FileNotFoundError(f"An image has to be in its archive. Received: {member!r}, absent from {archive_path}. Look at: unzip -l.")
    try:
        return read_member(archive.file, name, MOST_BYTES, image_path)
    except DamagedFileError as error:
        raise UnreadableImageError(str(error)) from error


def _read_lmdb_image(path, key):
    try:
        contents = open_lmdb(path).get(key.encode(), MOST_BYTES)
    except DamagedFileError as error:
        raise UnreadableImageError(str(error)) from error
    if contents is None:
        raise FileNotFoundError(f"An image has to be in its LMDB. Received: {key!r}, absent from {path}. Look at: ocr-crnn check.")
    return contents


def read_image(image_path, gray=False):
    """The decoded image: uint8 `(height, width, 3)` RGB, or `(height, width, 1)` if gray; EXIF rotation is not applied."""
    return decode_bytes(read_image_bytes(image_path), image_path, gray)


def read_page_image(page, gray=False):
    """The decoded image of a Page: upright where the Page says that it is `turned`. Else as it is stored, or upright, or also with square
    pixels, whichever has the size of the Page."""
    return decode_page(read_image_bytes(page.image_path), page, gray)


def decode_page(contents, page, gray=False):
    """`read_page_image` of the bytes of the image. Raises UnreadableImageError."""
    image = decode_bytes(contents, page.image_path, gray, exif_transpose=page.turned)
    for square in (False, True):
        if image.shape[:2] != page.size:
            other = decode_bytes(contents, page.image_path, gray, exif_transpose=True, square=square)
            image = other if other.shape[:2] == page.size else image
    return image


def decode_bytes(contents, image_path="", gray=False, exif_transpose=False, square=False):
    """Encoded image → uint8 `(height, width, 3)` RGB or `(height, width, 1)`; every pixel present or an error.

    exif_transpose: turn a photograph upright as its camera says; right only where coordinates were taken that way. square: make pixels
    square by the resolutions of the file, likewise.
    Transparency is laid over white: paper. Raises UnreadableImageError for empty, truncated, foreign or oversized data.
    """
    try:
        pixels = decode_picture(_open(contents), upright=exif_transpose, square=square)
    except Exception as error:  # the decoders raise whatever their damaged input leads them to
        raise UnreadableImageError(
            f"An image has to be a whole PNG, JPEG, BMP, TIFF, GIF or WebP file. Received: {image_path} "
            f"({len(contents)} bytes): {error}. Copy or download it again."
        ) from error
    return np.ascontiguousarray(to_grey(pixels)[..., None] if gray else spread_grey(pixels))


def measure_image(image_path):
    """`(height, width)` in pixels as the header says it; the pixels are not decoded."""
    contents = read_image_bytes(image_path)
    try:
        width, height = _open(contents).size
    except Exception as error:
        raise UnreadableImageError(f"An image has a readable header. Received: {image_path} ({len(contents)} bytes): {error}.") from error
    return height, width


def measure_picture(image_path):
    """`([(height, width)], orientation)` as the header says it: the sizes stored, upright, and with square pixels; EXIF's orientation 1–8.

    Of a plain file no more than the header is read. Raises as `read_image_bytes`.
    """
    if ARCHIVE_MARK in str(image_path):
        return _header(read_image_bytes(image_path), image_path)
    try:
        stream = open_plain(resolve_path(image_path), MOST_BYTES)
    except DamagedFileError as error:
        raise UnreadableImageError(str(error)) from None
    with stream:
        return _header(stream, image_path)


def _header(source, image_path):
    try:
        with _open(source) as picture:
            orientation = picture.getexif().get(ORIENTATION, 1)
            orientation = orientation if orientation in range(1, 9) else 1
            stored, dpi, turned = picture.size, resolution(picture), orientation in (5, 6, 7, 8)
    except Exception as error:  # whatever the damaged file leads the decoders to
        raise UnreadableImageError(f"An image has a readable header. Received: {image_path}: {error}. Copy it again.") from error
    upright = stored[::-1] if turned else stored
    square = square_size(upright, dpi[::-1] if turned else dpi) or upright
    return [size[::-1] for size in (stored, upright, square)], orientation


def _open(contents):
    image = open_picture(contents)
    check_size(image.size, "one", image)
    return image


def find_files(root, on_damaged_archive=None, on_other=lambda path: None, into_zips=True):
    """Yield the path of every file below a folder and of every member of the zips in it; sorted folder by folder.

    root: a folder or a zip. on_damaged_archive: called with (path, error) for a zip that cannot be opened, which is then
    passed over; None raises the UnreadableImageError. on_other: called with the path of what is no file and is not opened: a pipe, a
    socket, a device, a broken link, a folder that cannot be looked into. into_zips: False yields the zips themselves.
    """
    if root.is_file():
        if not into_zips or root.suffix.lower() != ".zip":
            yield str(root)
            return
        try:
            yield from (f"{root}{ARCHIVE_MARK}{member}" for member in open_archive(root).members)
        except UnreadableImageError as error:
            if on_damaged_archive is None:
                raise
            on_damaged_archive(root, error)
        return
    try:
        with os.scandir(root) as entries:
            entries = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        on_other(root)
        return
    folders = []
    for entry in entries:
        kind = _kind(entry)
        if kind == "folder":
            folders.append(entry)
        elif kind is None:
            on_other(Path(entry.path))
        elif into_zips and entry.name.lower().endswith(".zip"):
            yield from find_files(Path(entry.path), on_damaged_archive, on_other)
        else:
            yield entry.path
    for entry in folders:
        if not entry.is_symlink():
            yield from find_files(Path(entry.path), on_damaged_archive, on_other, into_zips)


def _kind(entry):
    try:
        return "folder" if entry.is_dir() else "file" if entry.is_file() else None
    except OSError:  # a link that leads back to itself
        return None


def is_image(path):
    """Whether the name is that of an image; not so the "._name" that macOS puts beside every file it packs."""
    name = base_name(path)
    return os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES and not name.startswith("._")


def base_name(path):
    """The last part of a file or member name."""
    return str(path).rpartition(ARCHIVE_MARK)[2].replace("\\", "/").rpartition("/")[2]


class Archive:
    """An open zip. members: NFC member name → the name that zipfile knows it by."""

    def __init__(self, path):
        self.file = open_zip(path)
        files = (info for info in self.file.infolist() if info.filename and not info.is_dir())  # zipfile asks for the last letter
        self.members = {normalize(member_name(info)): info.filename for info in files}


def open_archive(path):
    """The Archive of a zip, kept open. Threads share one (ZipFile locks its reads); a forked process opens its own."""
    path = resolve_path(path)
    status = path.stat()
    return _open_archive(str(path), status.st_mtime_ns, status.st_size, os.getpid())


@lru_cache(maxsize=64)
def _open_archive(path, modified_ns, size, process):
    try:
        return Archive(path)
    except DamagedFileError as error:
        raise UnreadableImageError(str(error)) from error


def open_lmdb(path):
    """The LmdbTree of a data.mdb, kept open. Threads share one; a forked process opens its own. Raises as LmdbTree."""
    path = resolve_path(path)
    status = path.stat()
    return _open_lmdb(str(path), status.st_mtime_ns, status.st_size, status.st_ino, os.getpid())


@lru_cache(maxsize=64)
def _open_lmdb(path, modified_ns, size, inode, process):
    return LmdbTree(path)


def member_name(info):
    """The name of a zip member. Korean Windows packs names as CP949 without saying so, and zipfile then reads them as
    CP437; some tools pack UTF-8 without saying so. The bytes are recovered and read as UTF-8, else CP949."""
    name = info.filename
    if not info.flag_bits & 0x800:
        raw = name.encode("cp437", errors="ignore")
        for encoding in ("utf-8", "cp949"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def normalize(name):
    return unicodedata.normalize("NFC", str(name))


def resolve_path(path):
    """The existing path whose name equals `path` in normal form C, part by part. Raises FileNotFoundError."""
    path = Path(path)
    if path.exists():
        return path
    found = Path(path.anchor)
    for part in path.parts[1:] if path.anchor else path.parts:
        if not (found / part).exists():
            entries = os.listdir(found) if found.is_dir() else []
            part = next((entry for entry in entries if normalize(entry) == normalize(part)), None)
            if part is None:
                raise FileNotFoundError(f"A path has to exist. Received: {path}; nothing in {found} has that name. Check the spelling.")
        found = found / part
    return found
