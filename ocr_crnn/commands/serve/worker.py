"""A process that reads documents: `python -m ocr_crnn.commands.serve.worker` answers on standard output what comes in on standard input.

It holds the networks and reads one document at a time; whoever started it ends it where that takes too long, and starts another. The
first line says what it is made of, each one after it is a document; all are JSON:

    {"make": "module:function", "arguments": {…}, "pixels"}   → {"ready": true}, or {"failed": message}
    {"folder", "pages_allowed", …of Asked}                      → {"pages": count}, {"page": number} after each, and at last one of
        {"file": name or None, "read": pages, "errors": [[page, message]], "kept": pages}    what was made of it, in the folder
        {"problem": [status, code, detail]}                                                 nothing
        {"dropped": true}                                                                   the folder is gone, and who asked with it

Libraries write to nowhere: what a decoder says of a file may be of its text.
"""

import errno
import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from ocr_crnn.commands.serve.problems import without_paths

UPLOAD, NAME, DOCUMENT = "upload", "the document", "document"  # the file that came, what messages call it, and its outputs without suffix
DOCUMENTS = "ocr_crnn/pages/1"  # the schema of JSON answers
MOST_ERRORS = 1000  # of pages that an answer lists


class DroppedError(ConnectionError):
    """Who asked went away. Of a kind that `read_jobs` lets through."""


def main():
    answers = _take_output()
    for number in (signal.SIGINT, signal.SIGTERM):  # they reach every process of a terminal or a container; the first one decides
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    with suppress(OSError):  # where memory runs out, this process goes and not the one that answers
        Path("/proc/self/oom_score_adj").write_text("1000")

    def tell(answer):
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()

    questions = sys.stdin.buffer
    make_readers = _start(json.loads(questions.readline()), tell)
    for line in questions if make_readers else ():
        try:
            answer = read_document(make_readers, json.loads(line), tell)
        except DroppedError:
            answer = {"dropped": True}
        except Exception as error:  # what it says may be of the document
            answer = {"problem": _problem_of(error)}
        tell(answer)


def load_readers(templates=None, **presets):
    """A function of names of stages that gives a reader with them; all share their networks. presets: of loading.load_document_reader."""
    import numpy as np

    from ocr_crnn.reading.loading import load_document_reader
    from ocr_crnn.reading.reader import DocumentReader
    from ocr_crnn.reading.stages import with_templates

    if templates is not None:
        with_templates(("templates",), templates)  # before anybody asks for them: what is wrong with them ends the start
    first, made = load_document_reader(**presets), {}
    first.read_page(np.full((256, 256, 3), 255, np.uint8))  # what is imported and laid out at the first page

    def reader(stages):
        if stages not in made:
            chosen = with_templates(stages, templates) if "templates" in stages else stages
            made[stages] = DocumentReader(first.detector, first.recognizer, chosen, first.spotter.settings)
        return made[stages]

    return reader


def read_document(make_reader, task, tell=lambda answer: None):
    """The last answer to a task. Raises DroppedError where its folder is gone."""
    from ocr_crnn.commands.read.batch import Job, Options, choose_pages, read_jobs
    from ocr_crnn.commands.read.outputs import SUFFIXES
    from ocr_crnn.images import UnreadableError, page_count

    folder, kind = Path(task["folder"]), task["kind"]
    source, ranges = folder / UPLOAD, task["pages"]
    try:
        chosen = choose_pages(ranges, page_count(source, task["password"], NAME))
    except UnreadableError as error:
        _require(folder)
        return {"problem": [422, "unreadable", _told(str(error), folder)]}
    except FileNotFoundError:
        raise DroppedError from None
    if len(chosen) > task["pages_allowed"]:
        rule, fix = f"A request reads at most {task['pages_allowed']:,} pages.", f"Ask for some of them: pages=1-{task['pages_allowed']}."
        return {"problem": [422, "too-many-pages", f"{rule} Received: {len(chosen):,}. {fix}"]}
    tell({"pages": len(chosen)})
    seen = iter(range(1, len(chosen) + 1))

    def on_page(page):
        _require(folder)
        tell({"page": next(seen, 0)})

    options = Options((kind,), task["dpi"], ranges, task["password"], False, task["pdfa"], task["redo"], None, tuple(task["mask"]),
                      task["mask_whole"])  # fmt: skip
    path = folder / f"{DOCUMENT}{SUFFIXES[kind]}"
    with Listed(path) as listed:
        job = Job(source, NAME, None if kind == "json" else folder / DOCUMENT, alias=NAME)
        result = next(read_jobs(make_reader(tuple(task["stages"])), [job], options, listed.add, on_page))
        _require(folder)
        errors = [(page, _told(message, folder)) for _, page, message in result.errors]
        listed.end(errors if kind == "json" else None)
    whole = result.pages and path.exists()
    return {"file": path.name if whole else None, "read": result.pages, "errors": errors[:MOST_ERRORS], "kept": result.kept}


class Listed:
    """A file of JSON pages, one after the other as they come, and of the errors; nothing is written without either."""

    def __init__(self, path):
        self.path, self.stream = path, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.stream is not None:
            self.stream.close()

    def add(self, text):
        if self.stream is None:
            self.stream = open(self.path, "w", encoding="utf-8")  # noqa: SIM115
            self.stream.write(f'{{"schema": "{DOCUMENTS}", "pages": [\n')
        else:
            self.stream.write(",\n")
        self.stream.write(text.rstrip("\n"))

    def end(self, errors):
        if self.stream is not None:
            listed = [{"page": page, "message": message} for page, message in errors or ()]
            self.stream.write(f'\n], "errors": {json.dumps(listed, ensure_ascii=False)}}}\n')


def _told(message, folder):
    """A message with nothing of where the document lay."""
    return without_paths(message.replace(str(folder / UPLOAD), NAME))


def _problem_of(error):
    kind = type(error).__name__
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        return [503, "no-room", f"There has to be room for what is read. Received: {error.strerror}. Ask again later."]
    return [500, "internal", f"A document is read, or it is said why not. Received: {kind} on the way. Report this, if it comes again."]


def _require(folder):
    if not folder.exists():
        raise DroppedError


def _start(made_of, tell):
    """What makes readers, or None where that failed."""
    from ocr_crnn.images import pictures
    from ocr_crnn.quiet import quiet_pillow

    quiet_pillow()
    pictures.lower_limit(made_of["pixels"])
    module, _, name = made_of["make"].partition(":")
    import_module("ocr_crnn.commands.read.batch")  # what the first document would wait for
    try:
        make_readers = getattr(import_module(module), name)(**made_of["arguments"])
    except Exception as error:
        tell({"failed": str(error) or type(error).__name__})
        return None
    tell({"ready": True})
    return make_readers


def _take_output():
    """Standard output as a stream of our own; whatever else writes to it or to standard error writes to nowhere."""
    answers, nowhere = os.fdopen(os.dup(1), "wb"), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return answers


def _end_with(parent):
    """Standard input ends with the parent, but is not looked at while a page is read."""
    while os.getppid() == parent:
        time.sleep(5)
    os._exit(1)


if __name__ == "__main__":
    main()
