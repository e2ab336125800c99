"""Pages of PDFs, rendered by PDFium in processes of its own (pdfium.py), a process for each document that is open."""

import atexit
import json
import math
import os
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from ocr_crnn.images import pdfium
from ocr_crnn.images.levels import STRIP_ROWS, PageImage, UnreadableError, join_strips, spread_grey
from ocr_crnn.images.pictures import check_size

SECONDS = 25  # of processor time for each answer of PDFium
WALL_S = 100  # for each answer: for a busy machine, and systems that do not limit processor time
MEMORY = 1_250_000_000  # bytes for PDFium: a scan of an A0 sheet at 300 dpi, and the picture that is made of it
MAX_ENDED = 3  # times in a row that pages of a document have ended PDFium, after which it is given up


class PdfiumEnded(UnreadableError):
    """A page that is beyond PDFium's bounds of time and memory, or that it crashes on."""


def is_pdf(head):
    """Whether the first 1,024 bytes of a file are those of a PDF."""
    return b"%PDF-" in head[:1024]


@contextmanager
def open_pdf(source, name, password=None):
    """A PdfDocument of a path or bytes, while the context lasts; any thread may hold one. Raises UnreadableError."""
    document = PdfDocument(source, name, password)
    try:
        yield document
    finally:
        document.close()


def read_pdf(source, name, dpi, pages, password):
    """Yield (index, PageImage or UnreadableError) of the pages of a path or bytes, all of them if `pages` is None."""
    with open_pdf(source, name, password) as document:
        count, ended = len(document), 0
        for index in range(count) if pages is None else pages:
            if not 0 <= index < count:
                raise UnreadableError(f"Pages are counted from 1 to {count} in {name}. Received: {index + 1}.")
            try:
                page = PageImage(name, index, document.render(index, dpi), dpi)
            except UnreadableError as error:
                page = error
            ended = ended + 1 if isinstance(page, PdfiumEnded) else 0
            if ended == MAX_ENDED:
                yield index, PdfiumEnded(f"{page} So did the {ended - 1} before it, and the pages after it were not tried.")
                return
            yield index, page


class PdfDocument:
    """A PDF that is open in a process. Not for several threads at a time."""

    def __init__(self, source, name, password=None):
        self.source, self.name, self.password = source, name, password
        self._process = None
        self._count = self._open()

    def __len__(self):
        return self._count

    def render(self, index, dpi):
        """uint8 RGB `(height, width, 3)`; a page without colour is a view of one channel, see `spread_grey`."""
        sides = [side * dpi / 72 for side in self._ask(index, "size")["size"]]
        if not all(0 < side < math.inf for side in sides):
            raise UnreadableError(f"A page of a PDF has a size. Received: {self.name}, page {index + 1} without one. Repair it.")
        width, height = map(math.ceil, sides)
        try:
            check_size((width, height), f"{self.name}, page {index + 1} at {dpi:g} dpi")
        except UnreadableError as error:
            raise UnreadableError(f"{error} Or lower the dpi.") from None
        answer = self._ask(index, "render", dpi=dpi)
        width, height = answer["size"]
        try:
            return spread_grey(join_strips(self._process.read_strips(width, height, answer["stride"]), height, width))
        except BaseException:  # the rest of the answer would be taken for that to the next question
            self._process.end()
            self._process = None
            raise

    def has_text(self, index):
        """Whether a page holds text, visible or not."""
        return self._ask(index, "has_text")["has_text"]

    def close(self):
        process, self._process = self._process, None
        if process is not None and process.ask({"do": "close"}) is not None:
            _put_back(process)

    def _open(self):
        self._process = _take()
        question, contents = {"do": "open", "password": self.password}, b""
        if isinstance(self.source, bytes):
            question, contents = question | {"bytes": len(self.source)}, self.source
        else:
            question["path"] = os.path.abspath(self.source)
        answer = self._process.ask(question, contents)
        if answer is None:
            self._process = None
            raise PdfiumEnded(f"A PDF opens within bounds. Received: {self.name}, {_BEYOND}. Repair it, for example with `qpdf`.")
        if "error" not in answer:
            return answer["pages"]
        self.close()
        if "password" in answer["error"].lower():
            fix = "Give its password, or save it without one."
            raise UnreadableError(f"A PDF has to be open to reading. Received: {self.name}, which is encrypted. {fix}")
        raise UnreadableError(f"A PDF has to be whole. Received: {self.name}: {answer['error']}. Repair it, for example with `qpdf`.")

    def _ask(self, index, what, **more):
        if self._process is None:  # an earlier page has ended it
            self._open()
        answer = self._process.ask({"do": what, "page": index, **more})
        if answer is None:
            self._process = None
            fix = "Lower the dpi, or print the page to a picture."
            raise PdfiumEnded(f"A page of a PDF is rendered within bounds. Received: {self.name}, page {index + 1}, {_BEYOND}. {fix}")
        if "error" in answer:
            whole = "Repair it, for example with `qpdf`."
            raise UnreadableError(f"A page of a PDF has to be whole. Received: {self.name}, page {index + 1}: {answer['error']}. {whole}")
        return answer


_BEYOND = f"which takes PDFium more than {SECONDS} seconds or {MEMORY / 1e9:.2f} GB, or crashes it"


class _Process:
    def __init__(self):
        if getattr(sys, "frozen", False) or not sys.executable:
            raise UnreadableError(
                "PDFs are rendered by a Python process of their own. Received: a program without an interpreter. Give it pictures of pages."
            )
        command = [sys.executable, "-P", str(Path(pdfium.__file__).resolve()), str(SECONDS), str(MEMORY)]
        self._popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.owner = os.getpid()
        with suppress(ImportError, AttributeError, OSError):  # pages are large, and so may be the pipe that they come through
            import fcntl

            fcntl.fcntl(self._popen.stdout, fcntl.F_SETPIPE_SZ, 2**20)

    def ask(self, question, contents=b""):
        """The answer to a question, a dict; None where the process has ended, or is ended for its time is over."""
        timer = threading.Timer(WALL_S, self._popen.kill)
        timer.daemon = True
        timer.start()
        try:
            self._popen.stdin.write(json.dumps(question).encode() + b"\n" + contents)
            self._popen.stdin.flush()
            answer = self._popen.stdout.readline()
        except (OSError, ValueError):  # it has ended, or was ended
            answer = b""
        except BaseException:  # a signal: the answer would be taken for that to the next question
            self.end()
            raise
        finally:
            timer.cancel()
        if not answer.endswith(b"\n"):
            self.end()
            return None
        return json.loads(answer)

    def read_strips(self, width, height, stride):
        """The rows of an answer, `stride` bytes each: RGB strips, uint8 `(rows, width, 3)`."""
        for top in range(0, height, STRIP_ROWS):
            rows = min(STRIP_ROWS, height - top)
            contents = self._popen.stdout.read(rows * stride)
            if len(contents) < rows * stride:
                raise UnreadableError("PDFium has to end a page that it has begun. Received: a part of one. Read it again.")
            yield np.frombuffer(contents, np.uint8).reshape(rows, stride)[:, : 3 * width].reshape(rows, width, 3)

    def end(self):
        self._popen.kill()
        for stream in (self._popen.stdin, self._popen.stdout):
            with suppress(OSError):  # of what it was still to be sent
                stream.close()
        self._popen.wait()


_idle, _lock = [], threading.Lock()  # processes that have no document open
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: globals().update(_lock=threading.Lock()))  # another thread may have held it


def _take():
    """A process that answers: one may have been ended by a signal to all processes of a terminal, and a fork asks none of its parent's."""
    with _lock:
        own = [process for process in _idle if process.owner == os.getpid()]
        for process in own:
            _idle.remove(process)
            if process.ask({"do": "close"}) is not None:
                return process
    return _Process()


def _put_back(process):
    with _lock:
        _idle.append(process)


@atexit.register
def _end_all():
    for process in _idle:
        if process.owner == os.getpid():
            process.end()
    _idle.clear()
