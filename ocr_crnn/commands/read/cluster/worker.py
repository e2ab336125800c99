"""Who does tasks: a reader, in an actor of Ray or in the first process. Tasks in, what became of them out; nothing else is shared."""

import hashlib
import os
import platform
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ocr_crnn.commands.read.batch import Job, Result, choose_pages, clear_outputs, read_jobs, write_document
from ocr_crnn.commands.read.cluster.bookkeeping import HIDDEN, Folder, key_of, part_name, parts_of
from ocr_crnn.commands.read.cluster.tasks import Broken, Finished, Join, Long, PartRead, Read, ReadPart, Unchanged
from ocr_crnn.commands.read.errors import ERRORS
from ocr_crnn.commands.read.masks import MASKS, require_maskable, tool
from ocr_crnn.commands.read.outputs import is_pdf
from ocr_crnn.commands.read.parts import join_parts, read_part
from ocr_crnn.commands.read.remote import Bucket, is_url
from ocr_crnn.files import sweep, unfinished_folder
from ocr_crnn.images import UnreadableError, page_count
from ocr_crnn.untrusted.plain import DamagedFileError, open_plain

PAGES_A_TASK = 16  # of a long document, and so many at least are read for each start of a part
LONG = 24  # pages, above which a document is shared
SEVERAL_PAGES = (".pdf", ".tif", ".tiff", ".webp", ".gif")  # suffixes of what may be long


class Worker:
    """make_reader, options: see batch.py. folder: for the outputs, a Path or a Bucket. digest: of all that the outputs' bytes depend on.
    base: what paths as they were given are relative to."""

    def __init__(self, make_reader, options, folder, digest, base=None):
        self.is_at_base = base is None or os.path.isdir(base)
        if self.is_at_base and base is not None:
            os.chdir(base)
        sweep(tempfile.gettempdir())
        self.options, self.folder, self.digest = options, folder, digest
        self.remote = isinstance(folder, Bucket)
        self.place = Bucket(folder.place(HIDDEN)) if self.remote else Folder(folder / HIDDEN)
        self.stack = ExitStack()
        self.work = self.stack.enter_context(unfinished_folder(tempfile.gettempdir(), "cluster"))
        self.fetched = (None, None)  # URL and mark of the copy that is kept: a long document is asked for part by part
        if self.remote:
            self.options = replace(options, errors_in=self.work / "out" if options.mask else None)
            (self.work / "out").mkdir()
        self.reader = make_reader()

    def ready(self, claim=None):
        """Versions of what runs here. claim: a path in the output folder that all machines have to see. Raises UnseenError."""
        if claim is not None and not os.path.isdir(claim):
            raise UnseenError(
                f"The output folder is one that all machines see. Received: {claim.parent}, which {platform.node()} does not have. "
                "Name a shared folder, or a bucket such as s3://…"
            )
        return {"ocr_crnn": tool(), "Python": platform.python_version()}

    def close(self):
        self.stack.close()

    def run(self, task):
        """What becomes of a task, a list; the last of it may be Broken."""
        outcomes = []
        try:
            for outcome in self._run(task):
                outcomes.append(outcome)
        except OSError as error:  # ConnectionErrors among them
            outcomes.append(Broken(error))
        return outcomes

    def _run(self, task):
        if isinstance(task, Read):
            yield from self._read(task.documents)
        elif isinstance(task, ReadPart):
            yield self._read_part(task)
        elif isinstance(task, Join):
            yield self._join(task)

    def _read(self, documents):
        begun, jobs = [], []
        for number, document in enumerate(documents):
            source, seen, error = self._source(document, number)
            job = self._job(document, source)
            content = None if error else _content(source)
            if error is not None:
                yield self._finished(document, _failed(job, self.options, error), None, seen, 0)
            elif content is not None and content == document.known:
                yield Unchanged(document, content, seen)
            elif content is not None and (long := self._long(document, job, content)) is not None:
                yield long
            else:
                begun.append((document, content, seen))
                jobs.append(job)
        for (document, content, seen), result in zip(begun, read_jobs(self.reader, jobs, self.options, None), strict=True):
            same = content is not None and not result.errors and self._seen(document) == seen  # not changed while it was read
            yield self._finished(document, result, content if same else None, seen, result.pages)

    def _long(self, document, job, content):
        """A Long where a document has too many pages for one task, and its pages can be shared."""
        if Path(str(document.source)).suffix.lower() not in SEVERAL_PAGES:
            return None
        try:
            in_all = page_count(job.source, self.options.password)
            indices = choose_pages(self.options.pages, in_all)
            if len(indices) <= LONG:
                return None
            if self.options.mask and is_pdf(job.source):
                require_maskable(job.source, job.name, self.options.password)
        except UnreadableError:  # which is told by who reads it
            return None
        key = key_of(content, self.digest)
        if self.options.mask and job.target.parent.is_dir() and not self.place.names(parts_of(document.document, key)):
            clear_outputs(job, self.options)
        return Long(document, content, key, in_all, tuple(indices))

    def _read_part(self, task):
        source, _, error = self._source(task.document, 0)
        if error is not None:
            raise error if isinstance(error, OSError) else OSError(str(error))
        job = self._job(task.document, source)
        job.target.parent.mkdir(parents=True, exist_ok=True)
        options = replace(self.options, pages=[(index + 1, index + 1) for index in task.indices])
        with self.place.making(part_name(task.document.document, task.key, task.indices), self.work) as path:
            result = read_part(self.reader, job, options, path, lambda page: None)
            masks = self._send()  # files of its pages are there before the part is
        return PartRead(task, len(task.indices), result.words, result.score_sum, not result.pages, masks)

    def _join(self, task):
        document = task.document
        source, seen, error = self._source(document, 0)
        job = self._job(document, source)
        if error is not None:
            return self._finished(document, _failed(job, self.options, error), None, seen, 0)
        with ExitStack() as stack:
            try:
                paths = [stack.enter_context(self.place.copy_of(name, self.work)) for name in task.names]
                result = join_parts(job, self.options, paths, task.errors)
            except (DamagedFileError, UnreadableError) as error:
                self.place.remove_below(parts_of(document.document))
                return self._finished(document, _failed(job, self.options, error), None, seen, 0)
            same = not result.errors and _content(source) == task.content
            result.in_all = task.in_all
            return self._finished(document, result, task.content if same else None, seen, 0)

    def _finished(self, document, result, content, seen, pages):
        return Finished(document, result, content, seen, pages, self._send())

    def _send(self):
        """What was written goes to its store; the rows of masks.csv that were."""
        if not self.remote:
            return b""
        out, masks = self.work / "out", b""
        for path in sorted(path for path in out.rglob("*") if path.is_file()):
            if path.name == MASKS and path.parent == out:
                masks = path.read_bytes().partition(b"\n")[2]  # without its head
            elif path.name != ERRORS or path.parent != out:
                self.folder.put(path, path.relative_to(out).as_posix())
            path.unlink()
        return masks

    def _job(self, document, source):
        target = (self.work / "out" if self.remote else self.folder) / PurePosixPath(document.document)
        called = document.called
        if not self.is_at_base and called is not None and not is_url(called):
            called = str(document.source)
        if self.remote and called is not None and not is_url(called):  # a path is not relative to a store
            called = Path(document.source).as_uri()
        return Job(source, document.name, target, alias=document.alias, called=called)

    def _source(self, document, number):
        """`(path, what it looks like, error or None)` of a document; one of a store is fetched."""
        if not is_url(document.source):
            return Path(document.source), seen_of(document.source), None
        path = self.work / f"{number}{Path(str(document.source)).suffix[:16]}"
        try:
            bucket, name = _split(document.source)
            seen = bucket.seen(name)
            if (str(document.source), seen, path) != self.fetched or not path.exists():
                self.fetched = (None, None)
                bucket.fetch(name, path)
                self.fetched = (str(document.source), seen, path)
            return path, seen, None
        except FileNotFoundError as error:
            return path, (), UnreadableError(f"A page is read from an object that is there. Received: {document.source}: {error}.")
        except UnreadableError as error:
            return path, (), error

    def _seen(self, document):
        if not is_url(document.source):
            return seen_of(document.source)
        bucket, name = _split(document.source)
        try:
            return bucket.seen(name)
        except FileNotFoundError:
            return ()


class UnseenError(ValueError):
    """A machine does not see the output folder."""


def seen_of(path):
    """What changes with the content of a file: bytes, times, number; () where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return ()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _content(path):
    try:
        with open_plain(path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError):  # which is told by who reads it
        return None


def _failed(job, options, error):
    """The Result of a document that cannot be read at all."""

    def fill(open_spool, result: Result):
        result.fail(None, error)

    return write_document(job, options, None, fill)


def _split(url):
    """`(Bucket of the folder, name)` of an object's URL."""
    folder, _, name = str(url).rpartition("/")
    return Bucket(folder), name
