"""The keys and values of an LMDB file, read with every page, place and length held against the file before it is used.

The library itself trusts the file: it maps it into memory and follows what stands there, so that a file which is cut off or changed ends
the process. Here such a file is a DamagedFileError. Nothing is mapped, locked or written.

A file is pages of one size. The first two say where the tree of keys begins; that of the later transaction holds. Branches hold keys and
the numbers of the pages below, leaves hold keys with their values, or with the number of the page where a long value begins.
Layout: `MDB_page`, `MDB_meta` and `MDB_node` of LMDB 0.9, which is version 1 of the format, as 64-bit machines write it that put the low
byte first.
"""

import os
import struct
import threading
import weakref
from bisect import bisect_left, bisect_right

from ocr_crnn.untrusted.plain import DamagedFileError, open_plain

MAGIC, VERSION = 0xBEEFC0DE, 1
PAGE_HEAD = struct.Struct("<Q2xHHH")  # its number; kind; where its list of nodes ends, and where its nodes begin
META = struct.Struct("<II16xI44x4xH26xQQ8xQ")  # magic, version; page size; flags, entries and root of the tree of keys; transaction
NODE = struct.Struct("<HHHH")  # halves of a length, or of a page number; flags, or more of that number; length of the key
BRANCH, LEAF, LONG = 1, 2, 4  # kinds of pages
ELSEWHERE, DATABASE = 1, 6  # flags of a node: the value begins on a page of its own; it is a database
NOWHERE = 2**64 - 1  # the root of a tree without keys
PAGE_SIZES = [2**power for power in range(8, 16)]
DEEPEST = 32  # levels of a tree, as many as the library goes down


class OtherLmdbError(DamagedFileError):
    """An LMDB of another byte order, word size, version or order of keys than are read here."""


class LmdbTree:
    """The tree of an LMDB file. entries: how many keys it says to have. Threads may share one; a process opens its own.

    Raises OtherLmdbError, DamagedFileError, and OSError where the system refuses.
    """

    def __init__(self, path):
        self.path, self._lock = path, threading.Lock()
        self._stream = open_plain(path)
        weakref.finalize(self, self._stream.close)
        self._size = os.fstat(self._stream.fileno()).st_size
        self.page_size = self._check_kind()
        self._root, self.entries = self._find_root()

    def get(self, key, most_bytes):
        """The value of a key, None where the tree lacks it. Raises DamagedFileError, for a value of more bytes too."""
        number = self._root
        for _ in range(DEEPEST):
            if number == NOWHERE:
                return None
            page = _Page(self, number)
            place = page.place_of(key)
            if page.is_leaf:
                return None if place is None else page.value(place, most_bytes)
            number = page.child(place)
        raise self.damaged(f"a tree of more than {DEEPEST} levels")

    def keys(self, on_damage):
        """Yield every key. on_damage: called with the error of a page that cannot be read; it is left out with all that is below it."""
        waiting, seen = [] if self._root == NOWHERE else [self._root], set()
        while waiting:
            number = waiting.pop()
            try:
                if number in seen:
                    raise self.damaged(f"page {number} at two places of its tree")
                seen.add(number)
                page = _Page(self, number)
                below = [page.key(place) if page.is_leaf else page.child(place) for place in range(len(page))]
            except DamagedFileError as error:
                on_damage(error)
                continue
            if page.is_leaf:
                yield from below
            else:
                waiting += reversed(below)

    def read(self, number, start, length):
        """Bytes from place `start` of a page on. Raises DamagedFileError where the file does not hold them."""
        start += number * self.page_size
        if start + length > self._size:
            raise self.damaged(f"{self._size:,} bytes, and bytes wanted up to {start + length:,}: it is cut off or changed")
        with self._lock:
            self._stream.seek(start)
            found = self._stream.read(length)
        if len(found) < length:
            raise self.damaged("fewer bytes than it had a moment ago")
        return found

    def damaged(self, found):
        return DamagedFileError(f"An LMDB is a tree of whole pages. Received: {self.path} with {found}. Copy or download it again.")

    def _check_kind(self):
        """The page size."""
        head = self._stream.read(PAGE_HEAD.size + META.size)
        if len(head) < PAGE_HEAD.size + META.size:
            raise self.damaged(f"{len(head)} bytes")
        low_first, high_first = ([struct.unpack_from(f"{order}I", head, place)[0] for place in (16, 12)] for order in "<>")
        magic, version, page_size, *_ = META.unpack_from(head, PAGE_HEAD.size)
        if MAGIC in high_first:
            raise self._other("of a machine that puts the high byte first")
        if low_first[1] == MAGIC:
            raise self._other("of a 32-bit machine")
        if magic != MAGIC:
            raise self.damaged("another beginning than that of an LMDB")
        if version != VERSION:
            raise self._other(f"of version {version}")
        if page_size not in PAGE_SIZES:
            raise self.damaged(f"pages of {page_size:,} bytes")
        return page_size

    def _find_root(self):
        """(page number of the root, entries) as the later of the first two pages has them; the other one shows what was before."""
        found = []
        for number in (0, 1):
            magic, version, _, flags, entries, root, transaction = META.unpack(self.read(number, PAGE_HEAD.size, META.size))
            if (magic, version) != (MAGIC, VERSION):
                raise self.damaged("another second page than that of an LMDB")
            found.append((transaction, root, entries, flags))
        _, root, entries, flags = max(found)
        if flags:
            raise self._other(f"whose keys have another order, or several values each (flags {flags:#x})")
        return root, entries

    def _other(self, kind):
        return OtherLmdbError(
            f"An LMDB is read in version {VERSION} of 64-bit machines that put the low byte first. Received: {self.path}, {kind}. "
            "Bring it over as text: mdb_dump there, mdb_load here."
        )


class _Page:
    """A branch or a leaf: a list of places, and at each a node with a key."""

    def __init__(self, tree, number):
        self.tree, self.contents = tree, tree.read(number, 0, tree.page_size)
        own, kind, ends, begins = PAGE_HEAD.unpack_from(self.contents)
        self.is_leaf = bool(kind & LEAF)
        if own != number or kind & (BRANCH | LEAF | LONG) not in (BRANCH, LEAF) or not PAGE_HEAD.size <= ends <= begins <= tree.page_size:
            raise tree.damaged(f"page {number}, which is neither a branch nor a leaf")
        self.places = struct.unpack_from(f"<{(ends - PAGE_HEAD.size) // 2}H", self.contents, PAGE_HEAD.size)
        if not self.places and not self.is_leaf:
            raise tree.damaged(f"page {number}, a branch without keys")

    def __len__(self):
        return len(self.places)

    def place_of(self, key):
        """Of a leaf: the place of the key, or None. Of a branch: that of the page below that would hold it; its first key is the least."""
        if not self.is_leaf:
            return bisect_right(range(len(self)), key, lo=1, key=self.key) - 1
        place = bisect_left(range(len(self)), key, key=self.key)
        return place if place < len(self) and self.key(place) == key else None

    def key(self, place):
        node, _, _, length = self._node(place)
        return self.contents[node : node + length]

    def child(self, place):
        """The number of the page below."""
        _, low, flags, _ = self._node(place)
        return low | flags << 32

    def value(self, place, most_bytes):
        node, length, flags, key_length = self._node(place)
        start = node + key_length
        if flags & DATABASE:
            raise self.tree.damaged(f"a database in place of the value of {self.key(place)!r}")
        if length > most_bytes:
            raise self.tree.damaged(f"a value of {length:,} bytes at {self.key(place)!r}, more than {most_bytes:,}")
        if not flags & ELSEWHERE:
            self._require(start + length)
            return self.contents[start : start + length]
        self._require(start + 8)
        number = struct.unpack_from("<Q", self.contents, start)[0]
        own, kind, low, high = PAGE_HEAD.unpack(self.tree.read(number, 0, PAGE_HEAD.size))
        if own != number or not kind & LONG or PAGE_HEAD.size + length > (low | high << 16) * self.tree.page_size:
            raise self.tree.damaged(f"page {number} in place of one where {length:,} bytes begin")
        return self.tree.read(number, PAGE_HEAD.size, length)

    def _node(self, place):
        """(where its key begins, length of its value, flags, length of its key)"""
        start = self.places[place]
        self._require(start + NODE.size)
        low, high, flags, length = NODE.unpack_from(self.contents, start)
        self._require(start + NODE.size + length)
        return start + NODE.size, low | high << 16, flags, length

    def _require(self, end):
        if end > len(self.contents):
            raise self.tree.damaged("a node that reaches beyond its page")
