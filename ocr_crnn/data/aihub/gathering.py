"""One walk through a data set: image files into an index, labels into Labels. A zip is opened once and read from its begin to its end."""

import os
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from ocr_crnn.data.aihub.json_files import MOST_LABEL_BYTES, parse_label
from ocr_crnn.data.aihub.labels import Label
from ocr_crnn.data.aihub.matching import ImageIndex, stem
from ocr_crnn.data.aihub.sets import FONT_IMAGES, describe_json, describe_keys, tell_set
from ocr_crnn.data.aihub.telling import document_keys
from ocr_crnn.data.samples import ARCHIVE_MARK, base_name, find_files, is_image, member_name, normalize
from ocr_crnn.untrusted.plain import DamagedFileError, read_plain
from ocr_crnn.untrusted.zips import open_zip, read_info

PACKED = (".tar", ".tgz", ".tar.gz", ".7z", ".alz", ".egg")  # of a download that is still one file


@dataclass
class Gathered:
    """labels: of the wanted sets. foreign: what `ImageIndex.find` takes, of labels of other sets. told: how many JSON files there are of
    each set. font_files: JSON of many images each. zips: the number of labels and of images in each zip. packed: pieces of zips, and
    downloads that are still one file."""

    images: ImageIndex
    labels: deque[Label] = field(default_factory=deque)
    foreign: list[tuple] = field(default_factory=list)
    told: Counter = field(default_factory=Counter)
    font_files: list[str] = field(default_factory=list)
    zips: dict = field(default_factory=dict)
    packed: list[str] = field(default_factory=list)
    attributes: dict = field(default_factory=dict)  # of rows; those that are equal are one

    def count_json(self):
        return sum(self.told.values())


class Gatherer:
    """wanted: the DataSets whose labels are read; those of others are findings. kind, split: of the rows, None for all.
    above: the folder that all lies in, if that is not the root."""

    def __init__(self, root, report, wanted, kind=None, split=None, above=None):
        self.root, self.report, self.wanted, self.kind, self.split = root, report, wanted, kind, split
        self.asked = wanted[0] if len(wanted) == 1 else None
        self.found = Gathered(ImageIndex(above or root, report))

    def __call__(self, more_zips=()):
        """Walk through the root, a folder or a zip, then through other zips that belong to it → Gathered."""
        files = find_files(self.root, partial(self.report.add, "zip_damaged"), partial(self.report.add, "no_file"), into_zips=False)
        for path in chain(files, more_zips):
            name = base_name(path)
            lower = name.lower()
            if lower.endswith(".zip"):
                self._read_zip(path)
            elif ".zip.part" in lower or lower.endswith(PACKED):
                self.found.packed.append(path)
                self.report.add("zip_part" if ".zip.part" in lower else "not_unpacked", path)
            elif is_image(name):
                self.found.images.add(path.removesuffix(name), name)
            elif _is_json(name):
                self._take_json(path, name, partial(_read_file, path))
        return self.found

    def _read_zip(self, path):
        try:
            archive = open_zip(path)
        except (DamagedFileError, OSError) as error:
            self.report.add("zip_damaged", path, error)
            return
        held = self.found.zips[path] = Counter()
        with archive:
            members = (info for info in archive.infolist() if info.filename and not info.is_dir())
            for info in sorted(members, key=lambda info: info.header_offset):
                where = f"{path}{ARCHIVE_MARK}{normalize(member_name(info))}"
                name = base_name(where)
                if is_image(name):
                    held["images"] += 1
                    self.found.images.add(where.removesuffix(name), name)
                elif _is_json(name):
                    held["labels"] += 1
                    self._take_json(where, name, partial(_read_member, archive, info, where))

    def _take_json(self, where, name, read):
        """One JSON file: a Label if it is of a wanted set, else a finding. read: gives its bytes, None if it is too long for a label."""
        if "data_info" in name.lower():
            self._add_font_file(where)
            return
        try:
            contents = read()
            document = None if contents is None else parse_label(contents)
        except (OSError, ValueError) as error:
            self.report.add("json_damaged", where, error)
            self.found.told["damaged"] += 1
            return
        if document is None:
            self._tell_long(where)
            return
        keys, normal = document_keys(document), normalize(where)
        data_set = self.asked if self.asked and self.asked.fits(keys, normal.lower()) else tell_set(keys, normal)
        if data_set is FONT_IMAGES:
            self._add_font_file(where)
            return
        self.found.told[data_set.name if data_set else "unknown"] += 1
        if data_set is None:
            self.report.add("json_unknown", where, describe_keys(keys))
        elif data_set not in self.wanted:
            self.report.add("json_foreign", where, data_set.name)
            self.found.foreign.append(self._place((stem(name),), where, name))
        else:
            self._add_label(data_set.read_label(document, normal, self.report), data_set, where, name)

    def _add_font_file(self, where):
        self.found.told[FONT_IMAGES.name] += 1
        self.found.font_files.append(where)

    def _tell_long(self, where):
        if describe_json(where) == FONT_IMAGES.name:
            self._add_font_file(where)
        else:
            self.report.add("json_damaged", where, f"more than {MOST_LABEL_BYTES:,} bytes, which the label of one image does not have")
            self.found.told["damaged"] += 1

    def _add_label(self, label, data_set, where, name):
        names = (*([stem(label.file_name)] if label.file_name else []), stem(name))
        label.where, label.data_set = where, data_set.name
        label.names, label.place = self._place(names, where, name)
        split = self.found.images.splits[label.place]
        known = {"set": data_set.name} | ({"split": split} if split else {})
        joined = {key: self._share(known | row) for key, row in {id(row): row for row in label.attributes}.items()}
        label.attributes = [joined[id(row)] for row in label.attributes]
        label.wanted = (self.split in (None, split)) and (self.kind is None or label.take(self.kind))
        self.found.labels.append(label)

    def _place(self, names, where, name):
        """The names of a label's image and the number of its folder, as `ImageIndex.find` takes them."""
        self.found.images.count_label(names[-1])
        return names, self.found.images.place(where.removesuffix(name))

    def _share(self, attributes):
        key = (tuple(attributes.items()), *map(type, attributes.values()))  # True is no 1
        return self.found.attributes.setdefault(key, attributes)


def _is_json(name):
    return name.lower().endswith(".json") and not name.startswith("._")


def _read_file(path):
    return None if os.path.getsize(path) > MOST_LABEL_BYTES else read_plain(path, MOST_LABEL_BYTES)


def _read_member(archive, info, where):
    return None if info.file_size > MOST_LABEL_BYTES else read_info(archive, info, MOST_LABEL_BYTES, where)
