"""What there is to do, and what became of it. All of it goes from process to process."""

from dataclasses import dataclass
from pathlib import Path

from ocr_crnn.commands.read.batch import Result


@dataclass(frozen=True)
class Document:
    """source: a path, or a URL. name: what it is called in messages. document: its outputs without suffix, below the output folder.
    alias, called: see batch.Job. known: its content as an earlier run has found it, if its outputs of the same options are there."""

    source: Path | str
    name: str
    document: str
    alias: str | None = None
    called: str | None = None
    known: str | None = None


@dataclass(frozen=True)
class Read:
    """Read documents, one after the other."""

    documents: tuple


@dataclass(frozen=True)
class ReadPart:
    """Read pages of a long document. indices: theirs. key, content: see bookkeeping.py."""

    document: Document
    content: str
    key: str
    indices: tuple


@dataclass(frozen=True)
class Join:
    """Write the outputs of a document whose parts are all there. names: theirs. errors: (page, message) of pages that are in none."""

    document: Document
    content: str
    key: str
    in_all: int
    names: tuple
    errors: tuple = ()


@dataclass(frozen=True)
class Finished:
    """A document is read and written. content: None where nothing of it is kept. pages: that this task has read. masks: rows of masks.csv
    that are not in the folder yet."""

    document: Document
    result: Result
    content: str | None
    seen: tuple
    pages: int
    masks: bytes = b""


@dataclass(frozen=True)
class Unchanged:
    """A document that looks otherwise has the content that it had."""

    document: Document
    content: str
    seen: tuple
    in_all: int = 0


@dataclass(frozen=True)
class Long:
    """A document has more pages than one task reads. indices: of those that are asked for."""

    document: Document
    content: str
    key: str
    in_all: int
    indices: tuple


@dataclass(frozen=True)
class PartRead:
    """failed: whether none of its pages could be read."""

    task: ReadPart
    pages: int
    words: int
    score_sum: float
    failed: bool
    masks: bytes = b""


@dataclass(frozen=True)
class Broken:
    """What ends the run: the reader cannot be made, nothing more can be written, a store is gone."""

    error: Exception


@dataclass(frozen=True)
class Died:
    """A task has ended the process of its actor, as often as it was tried."""

    task: object
    times: int
    reason: str
