"""LMDB of words, as scene text recognition keeps them: `num-samples`, and `image-%09d` with `label-%09d` for each number from 1 on.

Images are encoded files, labels are UTF-8. Sets are folders of a data.mdb, which may lie in each other: `test/IIIT5k`, `train/MJ/test`.
An image is named `test/IIIT5k/data.mdb::image-000000001` and read when it is used; the attribute `set` of its row is the folder.
Reading takes no package (`untrusted/lmdb_tree.py`), writing takes `lmdb`.
"""

import os
import re

from ocr_crnn.data.annotations.rows import line_page
from ocr_crnn.data.annotations.target import Target
from ocr_crnn.data.samples import ARCHIVE_MARK, open_lmdb
from ocr_crnn.extras import needs_train
from ocr_crnn.names import readable
from ocr_crnn.untrusted.lmdb_tree import OtherLmdbError
from ocr_crnn.untrusted.plain import DamagedFileError

COUNT = b"num-samples"
KEY = re.compile(rb"(image|label)-(\d{9,15})")
MOST_LABEL_BYTES = 1 << 16
FIRST_MAP_BYTES = 1 << 26  # of what is written; it grows
WRITTEN_AT_ONCE = 1 << 24  # bytes


def read(files, source):
    """Yield the Page of each sample, set by set. files: of the name data.mdb."""
    for path in files:
        if ARCHIVE_MARK in path:
            source.report.add("lmdb_in_zip", path)
            continue
        try:
            tree = open_lmdb(path)
        except (DamagedFileError, OSError) as error:
            source.report.add("lmdb_other_machine" if isinstance(error, OtherLmdbError) else "lmdb_damaged", path, error)
            continue
        attributes = {"set": _name_of_set(path, source)}
        for number in _numbers(tree, path, source.report):
            image_path = f"{path}{ARCHIVE_MARK}image-{number:09d}"
            text = _label(tree, number, image_path, source.report)
            page = None if text is None else line_page(source, image_path, text, image_path, attributes)
            if page is not None:
                yield page


def _name_of_set(path, source):
    """Its folder below the one that was named; of that one itself, its name."""
    folder = os.path.relpath(os.path.dirname(path), source.root)
    return readable(os.path.basename(os.path.abspath(source.root)) if folder == "." else folder.replace(os.sep, "/"))


def _numbers(tree, path, report):
    """The numbers of the samples that are there with image and label, in order; whatever else there is, or is not, is a finding."""
    numbers, others, errors = {b"image": set(), b"label": set()}, 0, []
    for key in tree.keys(errors.append):
        found = KEY.fullmatch(key)
        if found and key == b"%s-%09d" % (found[1], int(found[2])):
            numbers[found[1]].add(int(found[2]))
        elif key != COUNT:
            others, last = others + 1, key
    for error in errors:
        report.add("lmdb_damaged", path, error)
    if others:
        report.add("lmdb_other_keys", path, f"{others:,}, {_shown(last)} among them")
    images, labels = numbers.values()
    there = sorted(images | labels)
    if not there and not errors:
        report.add("lmdb_no_samples", path, f"{tree.entries:,} keys")
    if not there:
        return []
    first, end = _counted(tree, path, there, report)
    for number in there:
        if not first <= number < end:
            report.add("lmdb_not_counted", f"{path}{ARCHIVE_MARK}image-{number:09d}")
        elif number not in images or number not in labels:
            report.add("lmdb_gap", f"{path}{ARCHIVE_MARK}image-{number:09d}", f"no {'image' if number in labels else 'label'}")
    for before, after in zip([first - 1, *there], there, strict=False):
        if before + 1 < min(after, end):
            report.add("lmdb_gap", path, f"neither image nor label of {before + 1} to {min(after, end) - 1}")
    return [number for number in there if first <= number < end and number in images and number in labels]


def _counted(tree, path, there, report):
    """(first number, that after the last) of the samples: by num-samples where it is one, else by the keys."""
    try:
        value = tree.get(COUNT, MOST_LABEL_BYTES)
    except DamagedFileError as error:
        report.add("lmdb_damaged", path, error)
        value = None
    count = int(value) if value and re.fullmatch(rb"\d{1,15}", value) else None
    first = 0 if there[0] == 0 and count not in there else 1
    if first == 0:
        report.add("lmdb_from_zero", path)
    if value is None:
        report.add("lmdb_no_count", path)
    elif count is None or first + count > there[-1] + 1:
        report.add("lmdb_bad_count", path, f"num-samples is {_shown(value)}, the last number {there[-1]}")
    else:
        return first, first + count
    return first, there[-1] + 1


def _shown(value):
    return repr(value[:40].decode("utf-8", "backslashreplace"))


def _label(tree, number, where, report):
    """The text of a sample, or None and a finding."""
    try:
        contents = tree.get(b"label-%09d" % number, MOST_LABEL_BYTES)
    except DamagedFileError as error:
        report.add("labels_damaged", where, error)
        return None
    if contents is None:
        report.add("labels_damaged", where, "its key stands out of order")
        return None
    try:
        return contents.decode()
    except UnicodeDecodeError:
        report.add("label_not_utf8", where, contents[:80])
        return None


class WordsFile(Target):
    """data.mdb, an LMDB of line images with their texts."""

    of_lines = True

    def begin(self):
        with needs_train("Writing an LMDB"):
            import lmdb
        self._full = lmdb.MapFullError
        self._environment = self._stack.enter_context(lmdb.open(str(self.folder), map_size=FIRST_MAP_BYTES, lock=False, sync=False))
        self._count, self._waiting, self._waiting_bytes = 0, [], 0

    def add(self, page, name):
        image = self.folder / name
        contents = image.read_bytes()
        image.unlink()
        self._count += 1
        self._waiting += [(b"image-%09d" % self._count, contents), (b"label-%09d" % self._count, page.texts[0].encode())]
        self._waiting_bytes += len(contents)
        if self._waiting_bytes > WRITTEN_AT_ONCE:
            self._write()

    def end(self):
        self._waiting.append((COUNT, b"%d" % self._count))
        self._write()
        self._environment.sync(True)

    def _write(self):
        """Write what waits, in a map that is large enough."""
        while True:
            try:
                with self._environment.begin(write=True) as transaction:
                    for key, value in self._waiting:
                        transaction.put(key, value)
                break
            except self._full:
                self._environment.set_mapsize(2 * self._environment.info()["map_size"])
        self._waiting, self._waiting_bytes = [], 0
