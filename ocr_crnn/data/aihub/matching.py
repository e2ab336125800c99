"""Which image a label is of. AI Hub splits a set into folders and zips of labels and of images whose names differ in little:
`라벨링데이터/TL_x.zip` and `원천데이터/TS_x.zip`, `[라벨]Validation_인쇄체` and `[원천]Validation_인쇄체`. In one form they are equal.
"""

import os
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

from ocr_crnn.data.samples import ARCHIVE_MARK, IMAGE_SUFFIXES, normalize

_SPLIT = re.compile(r"(?:\d+[. ]+)?(train|valid)(?:ing|ation)?")
_PREFIX = re.compile(r"([tv])([sl])(?![a-z가-힣])\d*[\s_.-]*")  # TS, TL, VS, VL
_ROLE = re.compile(r"\[?(원천|라벨)(?:링)?(?:[ _]?데이터)?\]?")
_AROUND_ROLE = re.compile(r"^\d+[. ]+|\((?:jpe?g|png|json)\)")
SPLITS = {"train": "training", "valid": "validation", "t": "training", "v": "validation"}
_HIGHEST = 4  # folders above a zip that are looked at for the other half


@lru_cache(maxsize=10_000)
def common_name(name):
    """A folder or zip name without what tells labels from images: "TL_x.zip" and "TS_x" → "x", "1. Training" → "training"."""
    name = normalize(name).strip().lower().removesuffix(".zip")
    role, prefix = _ROLE.search(name), _PREFIX.match(name)
    if role:
        name = _AROUND_ROLE.sub("", name.replace(role[0], "")).strip(" _-.")
        name = name.rstrip("0123456789")
    elif prefix:
        name = name[prefix.end() :]
    split = _SPLIT.fullmatch(name)
    return SPLITS[split[1]] if split else name


@lru_cache(maxsize=10_000)
def _split_of_name(name):
    name = normalize(name).strip().lower()
    found, prefix = re.search("train|valid", name), _PREFIX.match(name)
    return SPLITS[found[0] if found else prefix[1]] if found or prefix else None


def folder_names(folder, root):
    """The names of folders and zips from `root` down to a folder, outermost first."""
    below = normalize(folder).removeprefix(normalize(root.parent)).replace(ARCHIVE_MARK, "/").replace("\\", "/")
    return [name for name in below.split("/") if name]


def folder_key(names):
    """What the folder of a label and that of its image have in common, a tuple; a name that is repeated at once counts once."""
    key = []
    for name in map(common_name, names):
        if name and key[-1:] != [name]:
            key.append(name)
    return tuple(key)


def split_of(names):
    """"training", "validation", or None; the outermost name that tells it counts."""
    return next((split for split in map(_split_of_name, names) if split), None)


def stem(name):
    """A file name as labels and images are joined: in lower case and normal form C, without the suffix of an image or of JSON."""
    name = normalize(name).lower().replace("\\", "/").rpartition("/")[2]
    base, suffix = os.path.splitext(name)
    return base if suffix == ".json" or suffix in IMAGE_SUFFIXES else name


def role_of(name):
    """Whether a folder or zip is one of "images" or "labels", by its name; else None."""
    name = normalize(name).strip().lower()
    role, prefix = _ROLE.search(name), _PREFIX.match(name)
    if role:
        return {"원천": "images", "라벨": "labels"}[role[1]]
    return {"s": "images", "l": "labels"}[prefix[2]] if prefix else None


def find_twins(zip_path):
    """(the zips that hold the other half of a zip, the folder that both lie in): beside it, or beside the folders that it lies in."""
    zip_path = zip_path.absolute()
    levels = [zip_path, *zip_path.parents[:_HIGHEST]]
    named = [level for level in levels if role_of(level.name)]
    if not named:
        return [], zip_path
    above, role = named[-1].parent, role_of(named[-1].name)
    key, found = folder_key(folder_names(zip_path, above)), []
    for name in sorted(_names(above)):
        if role_of(name) not in (None, role):
            for path in _zips_below(above / name):
                if folder_key(folder_names(path, above)) == key:
                    found.append(str(path))
    return found, above


def _zips_below(path):
    if path.suffix.lower() == ".zip":
        return [path]
    return sorted(Path(folder) / name for folder, _, names in os.walk(path) for name in names if name.lower().endswith(".zip"))


def _names(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return []


class ImageFile:
    """name: in its folder. place: the number of the folder. taken: whether a label is of it."""

    __slots__ = ("name", "place", "taken")

    def __init__(self, name, place):
        self.name, self.place, self.taken = name, place, False


class ImageIndex:
    """The image files of a set, and the folders of images and labels by number."""

    def __init__(self, root, report):
        self.root, self.report = root, report
        self.folders, self.keys, self.splits = [], [], []
        self._numbers, self._files, self._labels = {}, {}, Counter()

    def place(self, folder):
        """The number of a folder, of images or of labels."""
        number = self._numbers.get(folder)
        if number is None:
            names = folder_names(folder, self.root)
            number = self._numbers[folder] = len(self.folders)
            self.folders.append(folder)
            self.keys.append(folder_key(names))
            self.splits.append(split_of(names))
        return number

    def add(self, folder, name):
        """An image file; of the same one unpacked and in its zip the first counts."""
        place, files = self.place(folder), self._files.setdefault(stem(name), [])
        if any(self.keys[file.place] == self.keys[place] and normalize(file.name) == normalize(name) for file in files):
            self.report.add("duplicate_file", f"{folder}{name}")
        else:
            files.append(ImageFile(name, place))

    def count_label(self, name):
        """A label file of this name is there: one that is there once may be of an image in any folder of its split."""
        self._labels[name] += 1

    def find(self, names, place):
        """The ImageFile of a label in folder `place`, by the names that it may have, in this order; None if there is none."""
        held = [(name, self._files[name]) for name in dict.fromkeys(names) if name in self._files]
        for _, files in held:
            same = next((file for file in files if self.keys[file.place] == self.keys[place]), None)
            if same is not None:
                return same
        for _, files in held:
            near = [file for file in files if None in (pair := (self.splits[file.place], self.splits[place])) or pair[0] == pair[1]]
            if len(near) == 1 and self._labels[names[-1]] <= 1:
                return near[0]
        return None

    def count(self, names):
        """How many images have one of the names."""
        return sum(len(self._files.get(name, ())) for name in set(names))

    def path(self, file):
        return f"{self.folders[file.place]}{file.name}"

    def all_files(self):
        return (file for files in self._files.values() for file in files)
