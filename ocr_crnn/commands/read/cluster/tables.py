"""errors.csv and masks.csv of a shared run: in a folder of this machine as everywhere; those of a store are brought here and sent back."""

import os
from pathlib import Path

from ocr_crnn.commands.read.errors import ERRORS, MAX_BYTES, drop_errors, open_errors, settle_errors, sort_errors
from ocr_crnn.commands.read.masks import MASKS, add_rows
from ocr_crnn.commands.read.remote import is_url

MASK_ROWS = "masks"  # rows of masks.csv that a killed run has left
MOST_MASKS = 1 << 30


class Tables:
    """folder: where errors.csv is, or a temporary one if it is in a store. hidden: kinds that no message may hold."""

    def __init__(self, folder, hidden=()):
        self.folder, self.hidden = Path(folder), hidden

    def begin(self, sources, inputs):
        """Take up the errors of earlier runs, without those of files that are gone from the inputs; where errors.csv is kept if it was not
        understood, or None."""
        looked_into = {path.parent for path in sources if not is_url(path)} | {Path(path) for path in inputs if os.path.isdir(path)}
        _, set_aside = open_errors(self.folder, looked_into)
        urls, there = tuple(f"{str(url).rstrip('/')}/" for url in inputs if is_url(url)), set(map(str, sources))
        if urls:
            drop_errors(self.folder, lambda path: path.startswith(urls) and path not in there)
        return set_aside

    def note(self, document, result):
        """Actors have written the errors of a document themselves."""

    def settle(self, document, result):
        """Replace the errors of a document."""
        settle_errors(self.folder, path_of(document), result.tried, [(page, message) for _, page, message in result.errors])

    def add_masks(self, rows):
        """Actors have written them."""

    def keep(self):
        """They are on disk already."""

    def end(self):
        sort_errors(self.folder)


class SentTables(Tables):
    """Of a store. bucket: the output folder. place: the Bucket of bookkeeping."""

    def __init__(self, folder, bucket, place, hidden=()):
        super().__init__(folder, hidden)
        self.bucket, self.place, self.rows, self.number, self.sent, self.run = bucket, place, b"", 0, None, os.urandom(6).hex()

    def begin(self, sources, inputs):
        for name, most in ((ERRORS, MAX_BYTES), (MASKS, MOST_MASKS)):
            if (contents := self.bucket.read(name, most)) is not None:
                (self.folder / name).write_bytes(contents)
        self.sent = self._errors()
        self.left = self.place.names(MASK_ROWS) if self.hidden else []
        for name in self.left:
            add_rows(self.folder, self.place.read(name, MOST_MASKS) or b"")
        return super().begin(sources, inputs)

    def note(self, document, result):
        self.settle(document, result)

    def add_masks(self, rows):
        self.rows += rows

    def keep(self):
        if self.rows:
            name = f"{MASK_ROWS}/{self.run}-{self.number:06}.csv"
            self.place.write(name, self.rows)
            add_rows(self.folder, self.rows)
            self.left.append(name)
            self.rows, self.number = b"", self.number + 1
        self._send_errors()

    def end(self):
        super().end()
        self.keep()
        if self.left:
            self.bucket.put(self.folder / MASKS, MASKS)
            self.place.remove(self.left)
            self.left = []

    def _send_errors(self):
        if (now := self._errors()) != self.sent:
            if now is None:
                self.bucket.remove([ERRORS])
            else:
                self.bucket.write(ERRORS, now)
            self.sent = now

    def _errors(self):
        path = self.folder / ERRORS
        return path.read_bytes() if path.is_file() else None


def path_of(document):
    """What errors.csv calls a document."""
    return document.alias or (str(document.source) if is_url(document.source) else os.path.abspath(document.source))
