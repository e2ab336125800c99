"""The files of a folder, zip or single file of annotations, and the image that an annotation names."""

import os
import re
import shlex
from functools import cached_property, partial
from itertools import chain, islice

from ocr_crnn.data.samples import (
    ARCHIVE_MARK,
    UnreadableImageError,
    base_name,
    find_files,
    is_image,
    measure_picture,
    normalize,
    open_archive,
    read_image_bytes,
    resolve_path,
)
from ocr_crnn.formats.labelstudio import image_hash
from ocr_crnn.names import readable
from ocr_crnn.untrusted.plain import DamagedFileError, open_plain, read_plain
from ocr_crnn.untrusted.zips import read_member

MOST_FILES = 2_000_000  # that are listed
MOST_TEXT_BYTES = 1 << 28  # of a file of lines
ENCODINGS = ("utf-8-sig", "cp949")
NOT_IN_NAMES = re.compile(r"[^-\w.]")  # what web servers, Label Studio's among them, drop from the name of an upload


class Source:
    """What was named by the user: a folder, a zip, or one file with the folder it lies in.

    root: the folder, or the zip. files: the paths of what may be annotations; of one file it is that file.
    Images are looked for below the root and in `images`, folders, zips or images that are named besides, and nowhere else.
    """

    def __init__(self, path, report, images=()):
        self.path, self.report = resolve_path(path), report
        self._image_roots = [resolve_path(root).resolve() for root in images]
        self.is_file = self.path.is_file() and self.path.suffix.lower() != ".zip"
        self.root = self.path.parent if self.is_file else self.path
        self.files = [str(self.path)] if self.is_file else self._below

    @cached_property
    def _below(self):
        return self._list(self.root)

    def _list(self, root):
        notes = partial(self.report.add, "zip_damaged"), partial(self.report.add, "no_file")
        return list(islice(find_files(root, *notes), MOST_FILES))

    @cached_property
    def _images(self):
        """{place below the root, folded: path} of the images; folded names are of form C and in small letters."""
        return {_place(path, self.root): path for path in self._below if is_image(path)}

    @cached_property
    def _besides(self):
        """{folder named besides: as `_images`}, without what lies below the root too."""
        known = {f"{self.root.resolve()}{path.removeprefix(str(self.root))}" for path in self._images.values()}
        found = {}
        for root in self._image_roots:
            paths = [path for path in self._list(root) if is_image(path) and path not in known]
            known.update(paths)
            found[root] = {_place(path, root.parent if path == str(root) else root): path for path in paths}
        return found

    @cached_property
    def _by_name(self):
        names = {}
        for place, path in chain(self._images.items(), *(images.items() for images in self._besides.values())):
            for name in {place[-1], _uploaded(place[-1])}:
                names.setdefault(name, []).append((place, path))
        return names

    def neighbours(self):
        """The paths of all files below the root."""
        return self._below

    def has_image(self, name, near):
        """Whether an image lies where `image` looks for it first."""
        return self._at(_parts(name)[0], near) is not None

    def _at(self, parts, near):
        folders = [_place(near, self.root)[:-1]]
        while folders[-1]:
            folders.append(folders[-1][:-1])
        places = ((*folder, *parts[start:]) for start in range(len(parts)) for folder in folders)
        return next((self._images[place] for place in places if place in self._images), None)

    def image(self, name, near, where):
        """The path of the image that an annotation calls `name`, or None and a finding.

        near: the path of the annotation. The name counts from its folder or one above it, up to the root; its front parts may be those of
        another machine. Failing that, one image of the folder with the same file name will do. Places that were named besides come
        first where the name leads to a file in one of them, else after the root.
        """
        parts, leaves = _parts(name)
        if not parts:
            self.report.add("image_missing", where, name)
            return None
        lies = "" if "\0" in str(name) else os.path.join(os.path.dirname(near), str(name).replace("\\", "/"))
        if (found := self._exactly(lies) or self._at(parts, near) or self._with_most_folders(parts)) is not None:
            return found
        alike = self._by_name.get(parts[-1]) or self._by_name.get(_uploaded(parts[-1])) or []
        if len(alike) == 1:
            return alike[0][1]
        if alike:
            self.report.add("image_ambiguous", where, f"{name}: {', '.join(path for _, path in alike[:3])}")
        elif leaves and _is_there(lies):
            folder = shlex.quote(os.path.dirname(os.path.abspath(lies)))
            self.report.add("image_outside", where, f"{name}, which is not below {self.root}: ocr-crnn convert … --images {folder}")
        else:
            self.report.add("image_missing", where, name)
        return None

    def _exactly(self, lies):
        """The image of a place named besides that is the very file."""
        lies = os.path.realpath(lies) if self._image_roots and lies else ""
        places = ((images, _place(lies, root.parent if lies == str(root) else root)) for root, images in self._besides.items() if lies)
        return next((images[place] for images, place in places if place in images), None)

    def _with_most_folders(self, parts):
        """The one image of the places named besides that has the name and most of its folders."""
        for start in range(len(parts)):
            if found := [images[parts[start:]] for images in self._besides.values() if parts[start:] in images]:
                return found[0] if len(found) == 1 else None
        return None

    def read(self, path, most_bytes):
        """The bytes of a file of annotations. Raises DamagedFileError and OSError."""
        archive, mark, member = str(path).partition(ARCHIVE_MARK)
        if not mark:
            return read_plain(path, most_bytes)
        opened = open_archive(archive)
        return read_member(opened.file, opened.members[normalize(member)], most_bytes, path)

    def head(self, path, most_bytes):
        """The first bytes of a file."""
        if ARCHIVE_MARK in str(path):
            return self.read(path, MOST_TEXT_BYTES)[:most_bytes]
        with open_plain(path) as stream:
            return stream.read(most_bytes)

    def read_lines(self, path, most_bytes=MOST_TEXT_BYTES):
        """The text of a file in UTF-8, with or without mark, UTF-16 with mark or CP949. Raises DamagedFileError and OSError."""
        contents = self.read(path, most_bytes)
        encodings = ("utf-16",) if contents[:2] in (b"\xff\xfe", b"\xfe\xff") else ENCODINGS
        for encoding in encodings:
            try:
                return contents.decode(encoding)
            except UnicodeDecodeError:
                continue
        raise DamagedFileError(
            f"Annotations are text in UTF-8 or CP949. Received: {path}, {len(contents):,} bytes of neither. Save it as UTF-8."
        )

    def measure(self, path):
        """`([(height, width)], EXIF orientation)` of an image as `measure_picture` has it, or None and a finding."""
        try:
            return measure_picture(path)
        except (UnreadableImageError, OSError) as error:
            self.report.add("image_unreadable", path, error)
            return None

    def sha256(self, path):
        """Of the bytes of an image; None where it cannot be read."""
        try:
            return image_hash(read_image_bytes(path))
        except (UnreadableImageError, OSError):
            return None


def suffix_of(path):
    """The suffix of a file or member, in small letters."""
    return os.path.splitext(base_name(path))[1].lower()


def _is_there(path):
    """Whether a path, in either normal form, leads to something."""
    try:
        return bool(path) and resolve_path(path).exists()
    except OSError:  # absent, or in a folder that cannot be looked into
        return False


def _place(path, root):
    """The folded parts of a path below its root."""
    inside = normalize(readable(path)).removeprefix(normalize(readable(root))).replace(ARCHIVE_MARK, "/").replace("\\", "/")
    return tuple(part for part in inside.lower().split("/") if part)


def _parts(name):
    """(folded parts of a path without those that lead nowhere, whether it leads out of where it counts from)."""
    text = normalize(readable(name)).replace("\\", "/").lower()
    text, leaves = re.sub("^[a-z]:", "", text), text.startswith("/") or text[1:3] == ":/"
    parts = []
    for part in text.split("/"):
        if part == "..":
            leaves = leaves or not parts
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return tuple(parts), leaves


def _uploaded(name):
    return NOT_IN_NAMES.sub("", name.strip().replace(" ", "_"))
