"""Many documents, one after the other: every page is read once, every file written whole, and no error stops the rest."""

import errno
import os
import tempfile
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from itertools import chain, groupby, islice
from pathlib import Path

from ocr_crnn.commands.read.errors import add_errors, settle_errors
from ocr_crnn.commands.read.masks import mask_name, mask_readings, note_document, note_page, require_maskable, with_those_beside
from ocr_crnn.commands.read.outputs import (
    SUFFIXES,
    Spool,
    format_page,
    is_pdf,
    name_image,
    output_paths,
    outputs_there,
    write_format,
    write_page_files,
)
from ocr_crnn.commands.read.remote import is_url
from ocr_crnn.files import sync_folder, unfinished_folder
from ocr_crnn.formats.html import UNCERTAIN
from ocr_crnn.images import UnreadableError, page_count, read_each
from ocr_crnn.processes import give_back_memory

LONGEST_NUMBER = 18  # digits of a page's number
STREAMED = ("txt", "json")  # what standard output gets page by page
LONGEST_MESSAGE = 2000  # characters of an error that are kept


@dataclass(frozen=True)
class Options:
    """formats: keys of SUFFIXES. pages: list of (first, last), counted from 1, last None for the end; None for all.

    pdfa: PDFs are PDF/A-2b; those that are read become pictures of their pages. redo: text of PDFs that cannot be seen is replaced.
    errors_in: folder of errors.csv, where errors stand before the outputs of their document do; None for none.
    mask: kinds of numbers (reading/identifiers.KINDS) that are hidden in all that is written. mask_whole: all of each, no part is shown.
    """

    formats: tuple = ("txt",)
    dpi: float = 300
    pages: list | None = None
    password: str | None = None
    overlay: bool = False
    pdfa: bool = False
    redo: bool = False
    errors_in: Path | None = None
    mask: tuple = ()
    mask_whole: bool = False

    @property
    def kinds(self):
        """The formats, and "overlay" where pages are drawn."""
        return (*self.formats, "overlay") if self.overlay else self.formats


@dataclass(frozen=True)
class Job:
    """source: a path or the bytes of a file. name: what it is called in messages. target: its outputs without suffix; None to emit text.
    finished: indices of pages whose files are there already. alias: the path that it is called by in all outputs, if its own is to be
    hidden. called: what its Pages call it, if not by `source`: a path as it was given, the URL that the file is a copy of."""

    source: Path | bytes
    name: str
    target: Path | None
    finished: tuple = ()
    alias: str | None = None
    called: str | None = None

    @property
    def path(self):
        """What errors.csv calls it."""
        if isinstance(self.source, bytes):
            return self.name
        return self.alias or (self.called if is_url(self.called) else os.path.abspath(self.source))

    @property
    def image(self):
        """What its Pages call it, or None."""
        return None if isinstance(self.source, bytes) or self.alias else self.called or self.source


@dataclass
class Result:
    """What became of a job. errors: (name, page counted from 1 or None, message). kept: pages of a PDF that had text already.
    set_aside: where an errors.csv is kept that was not understood. masked: (kind, decision) → how many. hidden: kinds that no message may
    hold. in_all: pages that its file has, 0 if it was not opened. tried: pages that were tried, None for the file as a whole."""

    name: str
    pages: int = 0
    words: int = 0
    uncertain: int = 0
    left_out: int = 0
    score_sum: float = 0.0
    errors: list = field(default_factory=list)
    kept: int = 0
    set_aside: Path | None = None
    masked: Counter = field(default_factory=Counter)
    hidden: tuple = ()
    in_all: int = 0
    tried: set = field(default_factory=lambda: {None})

    def count(self, page):
        self.pages += 1
        self.words += len(page)
        self.uncertain += int((page.scores < UNCERTAIN).sum())
        self.left_out += page.left_out
        self.score_sum += float(page.scores.sum())
        self.masked.update((mask["kind"], mask["decision"]) for mask in page.records.get("masks", []))

    def fail(self, page, error, kind=None):
        """kind: the format that could not be written. Errors of ours say what to do; what a library says is told what it is."""
        message = str(error)
        if "Received: " not in message:
            said = error.strerror if self.hidden and isinstance(error, OSError) else None if self.hidden else message
            what = f"Received: {type(error).__name__}{f': {said[: LONGEST_MESSAGE // 2]}' if said else ''}."
            if isinstance(error, OSError):
                message = f"A file has to open, and its outputs to find their place. {what} Move or rename what is in the way."
            elif kind is None:
                message = f"Every page of a file that is whole is read. {what} Repair the file; if it is whole, report this."
            else:
                message = f"The {kind} is written of a file that is whole. {what} Repair the file, or leave {kind} out of --format."
        message = mask_name(message, self.hidden) if self.hidden else message
        message = message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]}…"
        self.errors.append((self.name, page, message))


def parse_pages(text):
    """ "1-3,5,8-" → [(1, 3), (5, 5), (8, None)]. Raises ValueError."""
    ranges = []
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        long = max(len(first), len(last)) > LONGEST_NUMBER
        if long or not first.isdecimal() or int(first) < 1 or (last and (not last.isdecimal() or int(last) < int(first))):
            raise ValueError(f"Pages are numbers from 1 and ranges, such as 1-3,5,8-. Received: {text[:100]}. Correct it.")
        ranges.append((int(first), int(last) if last else None if dash else int(first)))
    return ranges


def choose_pages(ranges, count):
    """Zero-based indices of the chosen pages that a document of `count` pages has, in order."""
    return [index for index in range(count) if is_chosen(ranges, index + 1)]


def is_chosen(ranges, number):
    """Whether a page, counted from 1, is among those that are asked for."""
    return ranges is None or any(first <= number <= (last or number) for first, last in ranges)


def rest_of(job, options, failed=()):
    """The job as far as an earlier run has not done it, or None if every output is there.

    failed: pages, counted from 1, that the earlier run could not read, None among them for the file as a whole. Files of one page each
    are made for the missing pages only; a document that goes to one file is read again from its beginning.
    """
    by_page = options.overlay or "json" in options.formats
    try:
        count = page_count(job.source, options.password) if by_page else 1
    except UnreadableError:
        return job
    indices = choose_pages(options.pages, count)
    failed = {number for number in failed if number is None or is_chosen(options.pages, number)}
    if not failed and all(map(_is_there, output_paths(job.target, options.formats, options.overlay, indices, count))):
        return None
    if None in failed or not set(options.formats) <= {"json"}:
        return job
    done = [i for i in indices if all(map(_is_there, output_paths(job.target, options.formats, options.overlay, [i], count)))]
    return replace(job, finished=tuple(i for i in done if i + 1 not in failed))


def has_outputs(job, options):
    """Whether an output of the job is there, whichever run has written it."""
    paths = (output_paths(job.target, options.formats, options.overlay, [0], count) for count in (1, 2))
    return any(map(_is_there, chain.from_iterable(paths)))


def _is_there(path):
    try:
        return path.is_file()
    except OSError:  # a path that is too long
        return False


def read_jobs(reader, jobs, options, emit, on_page=lambda page: None):
    """Read and write the jobs; yields a Result for each.

    reader: `read_pages(list of images) → list of Page`, so many at once as its `images_at_once` says, one if it does not. What it raises
        is the error of its page, but a ConnectionError, which is raised here: the next pages would fare no better.
    emit: called with the text of jobs without a target. on_page: called after every page, with its Page or None.
    Raises OSError where nothing more can be written: the disk is full.
    """
    for number, group in groupby(read_pages(reader, jobs, options), key=lambda reading: reading[0]):
        yield _write(jobs[number], group, options, emit, on_page)
        give_back_memory()


def read_pages(reader, jobs, options):
    """(number of the job, index of the page, pages in all, PageImage or error, Page or None) of every page, as it may be written."""
    readings = _read(reader, _images(jobs, options))
    return mask_readings(readings, options.mask, options.mask_whole) if options.mask else readings


def _images(jobs, options):
    """(number of the job, index of the page, pages in all, PageImage or error) of every page; index None where the file fails."""
    for number, job in enumerate(jobs):
        finished = set(job.finished)
        try:
            count = page_count(job.source, options.password, job.name)
            if options.mask and is_pdf(job.source):
                require_maskable(job.source, job.name, options.password)
            indices = choose_pages(options.pages, count)
            if not indices:
                raise UnreadableError(f"The pages asked for have to exist. Received: {job.name}, which has {count}. Ask for others.")
            indices = [index for index in indices if index not in finished]
            wanted = with_those_beside(indices, count) if options.mask else indices
            by_index = {int(index): index for index in wanted}
            for index, image in read_each(job.source, options.dpi, list(by_index), job.name, options.password):
                yield number, by_index[index], count, image
        except Exception as error:
            yield number, None, 0, error


def _read(reader, images):
    """The same with the Page that was read, or None, at the end; a page that cannot be read becomes its error."""
    at_once = getattr(reader, "images_at_once", 1)
    images = iter(images)
    while batch := list(islice(images, at_once)):
        good = [entry for entry in batch if not isinstance(entry[3], Exception)]
        pages = iter(_read_each(reader, [entry[3].pixels for entry in good]))
        for number, index, count, image in batch:
            page = None if isinstance(image, Exception) else next(pages)
            yield (number, index, count, page, None) if isinstance(page, Exception) else (number, index, count, image, page)


def _read_each(reader, pixels):
    try:
        return reader.read_pages(pixels) if pixels else []
    except ConnectionError:
        raise
    except Exception as error:
        return [error] if len(pixels) == 1 else list(chain.from_iterable(_read_each(reader, [one]) for one in pixels))


def _write(job, readings, options, emit, on_page):
    def fill(open_spool, result):
        return spool_pages(job, readings, options, emit, on_page, open_spool, result)

    return write_document(job, options, emit, fill, clear=bool(options.mask) and not job.finished)


def write_document(job, options, emit, fill, clear=False):
    """Write what a document becomes; its Result. Its errors are in errors.csv before its outputs are in their place: whoever goes on after
    a kill in between reads it again, and knows why.

    fill: `(open_spool, result) → Spool`, or None where it has no page; counts into the Result. clear: earlier outputs go first.
    """
    result = Result(job.name, hidden=options.mask)
    try:
        place = None if job.target is None else job.target.parent
        if place is not None:
            place.mkdir(parents=True, exist_ok=True)
            if clear:
                clear_outputs(job, options)
        with ExitStack() as stack:
            folder = stack.enter_context(unfinished_folder(place or tempfile.gettempdir(), "pages"))
            spool = fill(lambda: stack.enter_context(closing(Spool(folder, options, job.source, job.target))), result)
            documents = [] if spool is None else _make_documents(job, spool, options, emit, result)
            _note_errors(add_errors, result, options.errors_in, job.path)
            _move_documents(documents, result)
            if options.mask and options.errors_in is not None:
                note_document(options.errors_in, _document(job, options), options.kinds, options.mask, result.errors)
    except ConnectionError:  # of the reader, or of whoever reads the output: it is the end of all
        raise
    except OSError as error:
        _stop_if_full(error)
        result.fail(None, error)
    _note_errors(settle_errors, result, options.errors_in, job.path, result.tried)
    return result


def clear_outputs(job, options):
    """Remove the outputs of a run that hid nothing, perhaps, and of a page that will not be read now."""
    for path in outputs_there(job.target, options.formats, options.overlay):
        path.unlink()


def spool_pages(job, readings, options, emit, on_page, open_spool, result):
    """Write the files of single pages of a job, and put all that was read into a Spool, which is opened for the first page."""
    spool = None
    for _, index, count, image, page in readings:
        result.tried.add(None if index is None else index + 1)
        result.in_all = count
        if page is None:
            result.fail(None if index is None else index + 1, image)
        else:
            spool = spool or open_spool()
            page = name_image(page, job.image)
            _write_page(job, page, image, index, count, options, emit, result, spool)
            result.count(page)
        on_page(page)
    return spool


def _note_errors(note, result, folder, *arguments):
    if folder is not None:
        _, set_aside = note(folder, *arguments, [(page, message) for _, page, message in result.errors])
        result.set_aside = set_aside or result.set_aside


def _document(job, options):
    """What masks.csv calls a job."""
    return job.target.relative_to(options.errors_in).as_posix()


def _write_page(job, page, image, index, count, options, emit, result, spool):
    if job.target is None:
        for kind in options.formats:
            if kind in STREAMED:
                emit(format_page(kind, page, image))
    try:
        if job.target is not None:
            if options.mask and options.errors_in is not None:
                note_page(options.errors_in, _document(job, options), index + 1, page, options.mask)
            write_page_files(job.target, page, image, index, count, options.formats, options.overlay)
        spool.add(index, page, image, count)
    except Exception as error:
        _stop_if_full(error)
        result.fail(index + 1, error)


def _make_documents(job, spool, options, emit, result):
    """Write the formats of one file a document into the folder of the spool: (path there, the place it is for) of each."""
    documents = []
    for kind in options.formats if spool.indices else ():
        if kind == "json" or (job.target is None and kind in STREAMED):
            continue
        place = Path("stdout" if job.target is None else job.target)
        place = place.parent / (place.name + SUFFIXES[kind])
        path = spool.folder / place.name
        try:
            result.kept = len(write_format(kind, spool, path, options)) or result.kept
        except Exception as error:  # an unusual PDF, say; the other formats are still written
            _stop_if_full(error)
            result.fail(None, error, kind)
            continue
        if job.target is None:
            emit(path.read_text(encoding="utf-8"))
        else:
            documents += [*spool.label_images(), (path, place)] if kind == "labelstudio" else [(path, place)]
    return documents


def _move_documents(documents, result):
    for path, place in documents:
        try:
            os.replace(path, place)
        except OSError as error:  # a folder of that name
            _stop_if_full(error)
            result.fail(None, error)
    for _, place in documents[:1]:
        sync_folder(place.parent)


def _stop_if_full(error):
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        raise error
