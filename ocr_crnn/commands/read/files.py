"""The command `read`: what is read, by whom, where it goes, what is shown meanwhile and said at the end."""

import multiprocessing
import os
import signal
import sys
import tempfile
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from ocr_crnn.commands.read.batch import Job, Options, parse_pages, read_jobs, rest_of
from ocr_crnn.commands.read.messages import say
from ocr_crnn.commands.read.outputs import OVERLAY, PAGE_BREAK, SUFFIXES, WITH_PICTURES, plan_targets
from ocr_crnn.commands.read.report import Report, read_errors
from ocr_crnn.images import find_files

LINES_A_TASK = 64  # files of one line each that a worker takes at once


class UsageError(ValueError):
    """Options that do not go together; the message says which and what to do."""


def read_files(
    inputs, folder, make_reader, formats=None, dpi=300, pages=None, password=None, overlay=False,
    recursive=False, resume=False, workers=1, quiet=False, lines=False, pdfa=False, redo=False,
):  # fmt: skip
    """Read files to a folder, or to standard output where it is None; returns the exit code: 0, 1 if anything failed, 130 if stopped.

    make_reader: makes the reader (see batch.read_jobs), in every worker process if there are several. formats: comma-separated keys of
    SUFFIXES. pages: as "1-3,5". Raises UsageError, FileNotFoundError and whatever make_reader raises before anything is read.
    """
    kinds = _parse_formats(formats, folder, overlay)
    if (pdfa or redo) and "pdf" not in kinds:
        raise UsageError(f"--pdfa and --redo are about PDFs to write. Received: --format {formats or 'txt'}. Add pdf to it.")
    options = Options(kinds, dpi, parse_pages(pages) if pages else None, password, overlay, pdfa, redo)
    jobs, other_files = _make_jobs(inputs, folder, recursive, options)
    if folder is not None:
        _make_writable(Path(folder))
    waiting, of_others = jobs, []
    if resume and folder is not None:
        waiting, of_others = _left_to_do(jobs, options, folder)
    tasks = [waiting[i : i + (LINES_A_TASK if lines else 1)] for i in range(0, len(waiting), LINES_A_TASK if lines else 1)]
    reader = make_reader() if tasks and (workers <= 1 or len(tasks) <= 1) else None
    report = Report(folder, quiet, len(jobs) - len(waiting), of_others, other_files)
    output = Output("" if lines or options.formats != ("txt",) else PAGE_BREAK)
    try:
        with report.progress(waiting, options):
            if workers > 1 and len(tasks) > 1:
                _run_workers(make_reader, tasks, options, report, output, workers)
            elif tasks:
                _run_here(reader, tasks, options, report, output)
    except KeyboardInterrupt:
        report.end(say("stopped" if folder is not None else "stopped here"))
        return 130
    except BrokenPipeError:
        # Whoever read the output went away: what is left to be flushed goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except BrokenProcessPool:
        report.end(say("worker killed", count=workers))
        return 1
    except ConnectionError as error:
        report.end(say("server gone", reason=error) if folder is not None else str(error))
        return 1
    except OSError as error:
        if folder is None:
            raise
        report.end(say("full", reason=f"{error.strerror}: {error.filename or folder}"))
        return 1
    report.end()
    return 1 if report.errors else 0


def _run_here(reader, tasks, options, report, output):
    def on_page(page):
        report.advance(1, *((len(page), float(page.scores.sum())) if page is not None else (0, 0.0)))

    for jobs in tasks:
        for result in read_jobs(reader, jobs, options, output, on_page):
            report.add(result)


class Output:
    """Writes texts to standard output, what parts them in between."""

    def __init__(self, between):
        self.between, self.begun = between, False

    def __call__(self, text):
        sys.stdout.write((self.between if self.begun else "") + text)
        sys.stdout.flush()
        self.begun = True


def _run_workers(make_reader, tasks, options, report, output, workers):
    """As `_run_here`, the tasks shared by processes; results come in the order of the tasks, a few of them are under way at a time."""
    context = multiprocessing.get_context("spawn")  # a forked TensorFlow hangs
    executor = ProcessPoolExecutor(min(workers, len(tasks)), context, _start_worker, (make_reader, workers))
    try:
        under_way, rest = deque(), iter(tasks)
        while True:
            under_way.extend(executor.submit(_read_task, jobs, options) for jobs in _take(rest, 3 * workers - len(under_way)))
            if not under_way:
                return
            for result, texts, pages in under_way.popleft().result():
                for text in texts:
                    output(text)
                report.add(result)
                report.advance(pages, result.words, result.score_sum)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()  # raises SystemExit there, so that temporary files are removed


def _start_worker(make_reader, workers):
    global _reader
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of the terminal; the first one decides
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        _reader = make_reader()
    except Exception as error:
        _reader = error


def _read_task(jobs, options):
    if isinstance(_reader, Exception):
        raise _reader  # in the first process, as without workers
    texts, counted, done = [], [], []
    try:
        for result in read_jobs(_reader, jobs, options, texts.append, counted.append):
            done.append((result, texts.copy(), len(counted)))
            texts.clear()
            counted.clear()
    except SystemExit:  # terminated, and what was temporary is removed by now; the pool would take it for an error of this task
        os._exit(1)
    return done


def _take(iterator, count):
    return [item for _, item in zip(range(count), iterator, strict=False)]


def _parse_formats(formats, folder, overlay):
    kinds = tuple(dict.fromkeys(kind.strip().lower() for kind in (formats or "txt").split(",") if kind.strip()))
    unknown = [kind for kind in kinds if kind not in SUFFIXES]
    if unknown or not kinds:
        raise UsageError(f"--format is a list of {', '.join(SUFFIXES)}. Received: {formats}.")
    if folder is None:
        pictures = [kind for kind in kinds if kind in WITH_PICTURES]
        if pictures or overlay:
            what = "--format " + ",".join(pictures) if pictures else "--overlay"
            raise UsageError(f"Files with pictures need a folder. Received: {what} without -o. Add -o FOLDER.")
        if len(kinds) > 1:
            raise UsageError(f"Standard output takes one format. Received: {formats}. Add -o FOLDER for several.")
    return kinds


def _make_jobs(inputs, folder, recursive, options):
    """The Jobs, and the files of folders that are neither images nor PDFs."""
    others = []
    files = find_files(inputs, recursive, others)
    if folder is not None:  # what an earlier run wrote below the folder that is read
        files = [file for file in files if file in map(Path, inputs) or not _lies_below(file, folder, inputs)]
        others = [file for file in others if not file.resolve().is_relative_to(Path(folder).resolve())]
    if not files:
        raise FileNotFoundError(f"There has to be something to read. Received: {', '.join(map(str, inputs))}, without any image or PDF.")
    targets = dict.fromkeys(files) if folder is None else plan_targets(files, inputs, folder)
    jobs = [Job(sys.stdin.buffer.read(), "stdin", targets[f]) if str(f) == "-" else Job(f, str(f), targets[f]) for f in files]
    if folder is not None:
        _refuse_overwriting(files, jobs, options)
    return jobs, others


def _lies_below(file, folder, inputs):
    folder = Path(folder).resolve()
    return folder not in [Path(path).resolve() for path in inputs] and file.resolve().is_relative_to(folder)


def _refuse_overwriting(files, jobs, options):
    suffixes = [SUFFIXES[kind] for kind in options.formats] + [OVERLAY] * options.overlay
    read = {file.resolve() for file in files}
    for job in jobs:
        for suffix in suffixes:
            output = job.target.parent / (job.target.name + suffix)
            if output.resolve() in read:
                raise UsageError(f"What is read stays as it is. Received: -o that would write over {output}. Name another folder.")


def _left_to_do(jobs, options, folder):
    """(jobs that an earlier run has not finished, among them those with errors; the errors of files that are none of these jobs)."""
    errors = read_errors(folder)
    failed = {}
    for name, page, _ in errors:
        failed.setdefault(Path(name).resolve(), set()).add(page)
    rests = [rest_of(job, options, failed.get(Path(job.name).resolve(), ())) for job in jobs]
    own = {Path(job.name).resolve() for job in jobs}
    return [rest for rest in rests if rest is not None], [error for error in errors if Path(error[0]).resolve() not in own]


def _make_writable(folder):
    """Make the folder and try it, before hours of reading."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(say("no output folder", path=folder, reason=error.strerror)) from None
