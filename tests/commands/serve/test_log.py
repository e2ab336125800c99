import io
import threading

from ocr_crnn.commands.serve import log as module
from ocr_crnn.commands.serve.log import Log


class Stuck(io.StringIO):
    """A stream that nobody reads until `read` is set."""

    def __init__(self):
        super().__init__()
        self.reached, self.read = threading.Event(), threading.Event()

    def write(self, text):
        self.reached.set()
        self.read.wait(20)
        return super().write(text)


class Closed(io.StringIO):
    def write(self, text):
        raise BrokenPipeError


def test_lines_come_in_their_order_and_a_terminal_obeys_none():
    stream = io.StringIO()
    log = Log(stream)
    for line in ("one", "two\x1b"):
        log(line)
    log.end()
    assert stream.getvalue() == "ocr-crnn serve: one\nocr-crnn serve: two\\x1b\n"


def test_nobody_waits_for_who_does_not_read(monkeypatch):
    monkeypatch.setattr(module, "WAITING", 3)
    stream = Stuck()
    log = Log(stream)
    log("first")
    assert stream.reached.wait(20)
    for number in range(10):
        log(number)
    stream.read.set()
    log.end()
    lines = stream.getvalue().splitlines()
    assert lines[1] == "ocr-crnn serve: 7 lines were dropped, for nobody read them" and len(lines) == 5


def test_it_ends_though_nobody_reads(monkeypatch):
    monkeypatch.setattr(module, "WAITING", 1)
    monkeypatch.setattr(module, "END_S", 0.01)
    stream = Stuck()
    log = Log(stream)
    log("first")
    assert stream.reached.wait(20)
    log("second")
    log.end()
    stream.read.set()
    gone = Log(Closed())
    for _ in range(5):
        gone("line")
    gone.end()
