"""What is kept in the output folder, in `.ocr-crnn/`, so that nothing is read twice and long documents go on where they were left.

    finished/TIME-NUMBER.jsonl          a line for each document whose outputs are all in their place, without errors; the latest counts
    parts/DOCUMENT/KEY/00000016-016.part  pages of a long document that is not finished (parts.py); gone when it is

A line: {"document": its outputs without suffix, below the folder, "options": digest of formats, networks and all else that its bytes
depend on, "content": SHA-256 of the file, "seen": its size, times and the like, "in_all": its pages}. A document is finished where its
options are the same, its outputs are there, and either it looks as it did (`seen`), or an actor finds the same `content` in it. KEY is
made of content and options.
"""

import hashlib
import json
import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ocr_crnn.files import replace_file, replacing
from ocr_crnn.untrusted.json_text import parse_json
from ocr_crnn.untrusted.plain import read_plain

HIDDEN, FINISHED, PARTS = ".ocr-crnn", "finished", "parts"
MOST_BYTES = 1 << 28  # of a file of lines
MOST_LINE = 1 << 16
MANY_FILES = 50  # after which they become one


@dataclass(frozen=True)
class Record:
    """A line, see above. seen: a tuple of numbers and texts."""

    document: str
    options: str
    content: str
    seen: tuple
    in_all: int


class Records:
    """Of a Folder or Bucket. not_understood: lines that were no records; their documents are read again."""

    def __init__(self, place):
        self.place, self.known, self.not_understood = place, {}, 0
        self._new, self._run, self._number = [], f"{time.time_ns():020}-{os.urandom(3).hex()}", 0
        names = [name for name in place.names(FINISHED) if name.endswith(".jsonl")]
        for name in names:
            found, wrong = parse_records(place.read(name, MOST_BYTES) or b"")
            self.known |= {record.document: record for record in found}
            self.not_understood += wrong
        if len(names) > MANY_FILES:
            self._write(self.known.values())
            place.remove(names)

    def get(self, document):
        return self.known.get(document)

    def add(self, record):
        self.known[record.document] = record
        self._new.append(record)

    def forget(self, documents):
        """Their outputs are about to be replaced by others: they do not count as finished from here on."""
        for document in documents:
            if (record := self.known.get(document)) is not None:
                self.add(replace(record, options=""))
        self.keep()

    def keep(self):
        """Write what is new."""
        if self._new:
            self._write(self._new)
            self._new = []

    def _write(self, records):
        lines = "".join(json.dumps(asdict(record), ensure_ascii=True) + "\n" for record in records)
        self.place.write(f"{FINISHED}/{self._run}-{self._number:06}.jsonl", lines.encode())
        self._number += 1


def parse_records(contents):
    """`(Records in their order, how many lines were none)` of the bytes of a file."""
    found, wrong = [], 0
    for line in contents.splitlines():
        try:
            values = parse_json(line, MOST_LINE, 3)
            record = Record(**values | {"seen": tuple(values["seen"]), "in_all": int(values["in_all"])})
            if not all(isinstance(text, str) for text in (record.document, record.options, record.content)):
                raise TypeError("a name that is no text")
            found.append(record)
        except (ValueError, TypeError, KeyError):
            wrong += 1
    return found, wrong


class Folder:
    """A folder of this machine, as bookkeeping sees it; `remote.Bucket` is one of a store."""

    keep_every_s = 2.0  # what is lost by a kill is read again

    def __init__(self, path):
        self.path = Path(path)

    def names(self, prefix=""):
        """Names of the files below a folder of this one, sorted."""
        top = self.path / prefix
        return sorted(file.relative_to(self.path).as_posix() for file in top.rglob("*") if file.is_file()) if top.is_dir() else []

    def write(self, name, contents):
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        replace_file(self.path / name, contents)

    def read(self, name, most_bytes):
        """The bytes of a file, None where it is not there, not plain, or has more."""
        try:
            return read_plain(self.path / name, most_bytes)
        except (OSError, ValueError):
            return None

    def remove(self, names):
        for name in names:
            (self.path / name).unlink(missing_ok=True)

    def remove_below(self, prefix):
        shutil.rmtree(self.path / prefix, ignore_errors=True)

    @contextmanager
    def copy_of(self, name, folder):
        """A path with the contents of a file."""
        yield self.path / name

    @contextmanager
    def making(self, name, folder):
        """A path to write to, which becomes the file."""
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        with replacing(self.path / name) as path:
            yield path


def key_of(content, options):
    """Of what a document's outputs are made of: its content, and the digest of the options."""
    return hashlib.sha256(f"{content} {options}".encode()).hexdigest()[:32]


def parts_of(document, key=None):
    """The folder of a document's parts, of all keys or of one."""
    folder = f"{PARTS}/{hashlib.sha256(os.fsencode(document)).hexdigest()[:24]}"
    return folder if key is None else f"{folder}/{key}"


def part_name(document, key, indices):
    """Of the part of these pages: names in their order are parts in theirs."""
    return f"{parts_of(document, key)}/{indices[0]:08}-{len(indices):03}.part"


def digest(values):
    """Of JSON values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:32]
