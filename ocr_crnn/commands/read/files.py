"""The command `read`: what is read, by whom, where it goes, what is shown meanwhile and said at the end."""

import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from ocr_crnn.commands.read.batch import Job, Options, has_outputs, parse_pages, read_jobs, rest_of
from ocr_crnn.commands.read.ending import run_to_end
from ocr_crnn.commands.read.errors import failed_pages, open_errors, place_of
from ocr_crnn.commands.read.labelling import write_import
from ocr_crnn.commands.read.masks import finished_documents, mask_name
from ocr_crnn.commands.read.messages import say
from ocr_crnn.commands.read.outputs import IN_FOLDERS, OVERLAY, PAGE_BREAK, SUFFIXES, outputs_of_folder, suffixes_of
from ocr_crnn.commands.read.remote import is_url, plain_path
from ocr_crnn.commands.read.report import Report, count_pages, some
from ocr_crnn.commands.read.targets import UsageError, claiming, plan_targets, require_inside
from ocr_crnn.commands.read.workers import run_workers
from ocr_crnn.files import real_path, sweep
from ocr_crnn.formats.labelstudio import CONFIG_NAME, TASKS_NAME
from ocr_crnn.images import find_files
from ocr_crnn.images.sources import MAX_PICTURE_BYTES
from ocr_crnn.names import printable
from ocr_crnn.processes import Stopped, stopping

LINES_A_TASK = 64  # files of one line each that a worker takes at once
SHARED = ".ocr-crnn/finished"  # what shared runs have finished, see cluster/bookkeeping.py


def read_files(
    inputs, folder, make_reader, formats=None, dpi=300, pages=None, password=None, overlay=False,
    recursive=False, resume=False, workers=None, quiet=False, lines=False, pdfa=False, redo=False, mask=(), mask_whole=False,
    ray=None, reader=None,
):  # fmt: skip
    """Read files to a folder, or to standard output where it is None; returns the exit code: 0, 1 if anything failed,
    128 and the number of the signal if stopped. SIGTERM and SIGHUP are taken then: whoever calls this in a program of its own ends itself.

    make_reader: makes the reader (see batch.read_jobs), in every worker process if there are several. formats: comma-separated keys of
    SUFFIXES. pages: as "1-3,5". mask, mask_whole: see batch.Options. ray, reader: see sharing.Sharing; inputs and folder may be URLs of
    stores, with `ray` or without it. Raises UsageError, FileNotFoundError and whatever make_reader raises before anything is read.
    """
    inputs, folder = list(map(plain_path, inputs)), folder if folder is None else plain_path(folder)
    kinds = _parse_formats(formats, folder, overlay)
    if (pdfa or redo) and "pdf" not in kinds:
        raise UsageError(f"--pdfa and --redo are about PDFs to write. Received: --format {formats or 'txt'}. Add pdf to it.")
    errors_in = None if folder is None or is_url(folder) else Path(folder)
    options = Options(kinds, dpi, parse_pages(pages) if pages else None, password, overlay, pdfa, redo, errors_in, mask, mask_whole)
    if ray is not None or any(map(is_url, [*inputs, folder])):
        _require_shareable(inputs, folder, workers, ray, kinds)
        from ocr_crnn.commands.read.cluster.run import read_shared
        from ocr_crnn.commands.read.sharing import Sharing

        return read_shared(inputs, folder, make_reader, options, Sharing(ray, workers, recursive, quiet, lines, reader))
    workers = workers or 1
    jobs, other_files = _make_jobs(inputs, folder, recursive, options)
    try:
        with ExitStack() as stack:
            stack.enter_context(stopping())
            if folder is None:
                sweep(tempfile.gettempdir())
            else:
                claims = {job.alias or job.source: job.target for job in jobs if isinstance(job.source, Path)}
                stack.enter_context(claiming(claims, Path(folder)))
                shutil.rmtree(Path(folder) / SHARED, ignore_errors=True)  # outputs are replaced that it says are finished
            waiting = jobs if folder is None else _left_to_do(jobs, inputs, options, resume, quiet)
            renamed = [(job.source, job.target) for job in jobs if _is_renamed(job)]
            report = Report(folder, quiet, len(jobs) - len(waiting), other_files, renamed, options.mask)
            code = _read(make_reader, waiting, options, report, workers, lines)
            if "labelstudio" in kinds and report.finished:
                tell_import(Path(folder), [job.target for job in jobs], report)
            return code
    except Stopped as stopped:
        return 128 + stopped.number


def tell_import(folder, targets, report):
    """Write what Label Studio imports of documents whose outputs have these paths without suffix, and say how."""
    count = write_import(folder, targets)
    if not report.quiet:
        report.say(say("to label", count=count, path=folder / TASKS_NAME, config=folder / CONFIG_NAME, root=folder.absolute().parent))


def _read(make_reader, jobs, options, report, workers, lines):
    """Read the jobs and say how it ended; returns the exit code."""
    tasks = [jobs[i : i + (LINES_A_TASK if lines else 1)] for i in range(0, len(jobs), LINES_A_TASK if lines else 1)]
    reader = make_reader() if tasks and (workers <= 1 or len(tasks) <= 1) else None
    output = Output("" if lines or options.formats != ("txt",) else PAGE_BREAK)

    def work():
        with report.progress(lambda: sum(count_pages(job.source, options) for job in jobs)):
            if workers > 1 and len(tasks) > 1:
                run_workers(make_reader, tasks, options, report, output, workers)
            elif tasks:
                _run_here(reader, tasks, options, report, output)

    return run_to_end(work, report, workers)


def _require_shareable(inputs, folder, workers, ray, kinds):
    """Raise UsageError for what does not go together with --ray or with URLs."""
    what = "--ray" if ray is not None else "a URL"
    if folder is None:
        raise UsageError(f"What is shared goes to a folder. Received: {what} without -o. Add -o FOLDER, or -o s3://bucket/folder.")
    if any(str(path) == "-" for path in inputs):
        raise UsageError(f"What is shared is read from files. Received: - with {what}. Name the file in place of -.")
    if "labelstudio" in kinds and is_url(folder):
        raise UsageError(f"Label Studio is shown images of a folder. Received: --format labelstudio with -o {folder}. Name a folder.")
    if ray is None and (workers or 1) > 1:
        raise UsageError(f"URLs are read by one process, or by Ray. Received: {what} with --workers {workers}. Add --ray.")


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


def _parse_formats(formats, folder, overlay):
    kinds = tuple(dict.fromkeys(kind.strip().lower() for kind in (formats or "txt").split(",") if kind.strip()))
    unknown = [kind for kind in kinds if kind not in SUFFIXES]
    if unknown or not kinds:
        raise UsageError(f"--format is a list of {', '.join(SUFFIXES)}. Received: {formats}. Name some of them.")
    if "xlsx" in kinds and find_spec("openpyxl") is None:
        raise UsageError(
            "A workbook needs the packages of the extra `documents`. Received: --format xlsx without openpyxl. "
            "Install it: pip install 'ocr-crnn[documents]'"
        )
    if folder is None:
        binary = [kind for kind in kinds if kind in IN_FOLDERS]
        if binary or overlay:
            what = "--format " + ",".join(binary) if binary else "--overlay"
            raise UsageError(f"Files with pictures need a folder, and so do workbooks. Received: {what} without -o. Add -o FOLDER.")
        if len(kinds) > 1:
            raise UsageError(f"Standard output takes one format. Received: {formats}. Add -o FOLDER for several.")
    return kinds


def _make_jobs(inputs, folder, recursive, options):
    """The Jobs, and the files of folders that are neither images nor PDFs."""
    others = []
    files = find_files(inputs, recursive, others)
    if folder is not None:  # what an earlier run wrote below the folder that is read
        files = [file for file in files if file in map(Path, inputs) or not _lies_below(file, folder, inputs)]
        others = [file for file in others if not real_path(file).is_relative_to(real_path(folder))]
    if not files:
        raise FileNotFoundError(f"There has to be something to read. Received: {', '.join(map(str, inputs))}, without any image or PDF.")
    rename = partial(mask_name, kinds=options.mask) if options.mask else str
    targets = dict.fromkeys(files) if folder is None else plan_targets(files, inputs, folder, rename)
    jobs = [Job(_read_stdin(), "stdin", targets[f]) if str(f) == "-" else _job(f, targets[f], rename) for f in files]
    if folder is not None:
        make_writable(Path(folder))
        inside = {file: target for file, target in targets.items() if str(file) != "-"}
        require_inside(inside, Path(folder), suffixes_of(options.formats, options.overlay))
    return jobs, others


def _job(file, target, rename):
    """The Job of a file. Where its path holds what is hidden it is called after its outputs, whose names are distinct."""
    path = os.path.abspath(file)
    hidden = rename(path)
    if hidden == path:
        return Job(file, str(file), target)
    alias = hidden if target is None else os.path.join(os.path.dirname(hidden), target.name + file.suffix)
    return Job(file, rename(file), target, alias=alias)


def _read_stdin():
    """Its bytes; they are held in memory, so there is an end to them."""
    contents = sys.stdin.buffer.read(MAX_PICTURE_BYTES + 1)
    if len(contents) > MAX_PICTURE_BYTES:
        raise UsageError(f"Standard input has at most {MAX_PICTURE_BYTES:,} bytes. Received: more. Name the file in place of -.")
    return contents


def _lies_below(file, folder, inputs):
    folder = real_path(folder)
    return folder not in map(real_path, inputs) and real_path(file).is_relative_to(folder)


def _is_renamed(job):
    return job.target is not None and isinstance(job.source, Path) and job.target.name != job.source.stem


def _left_to_do(jobs, inputs, options, resume, quiet):
    """The jobs that an earlier run has not finished, among them those with errors; without `resume` all of them."""
    looked_into = {job.source.parent for job in jobs if isinstance(job.source, Path)} | set(filter(Path.is_dir, map(Path, inputs)))
    others = [kind for kind in (*SUFFIXES, "overlay") if kind not in options.kinds]
    if options.mask and (left := [path.name for _, path in not_masked(jobs, options, others)]):
        _tell(say("not masked", count=len(left), folder=options.errors_in, names=some(left)))
    errors, set_aside = open_errors(options.errors_in, () if resume else looked_into)
    if set_aside is not None:
        _tell(say("errors set aside", path=set_aside))
    if resume:
        failed = failed_pages(errors)
        rests = [rest_of(job, options, failed.get(place_of(job.path), ())) for job in jobs]
        if options.mask:
            rests = _distrust(jobs, rests, options)
        return [rest for rest in rests if rest is not None]
    replaced = sum(has_outputs(job, options) for job in jobs)
    if replaced and not quiet:
        _tell(say("replaced", count=replaced, folder=options.errors_in))
    return jobs


def _distrust(jobs, rests, options):
    """What is left to do, with all of those documents whose outputs are not known to be masked."""
    unknown = {id(job) for job, _ in not_masked(jobs, options, options.kinds)}
    return [job if rest is not None or id(job) in unknown else None for job, rest in zip(jobs, rests, strict=True)]


def not_masked(jobs, options, kinds):
    """The outputs of these formats that are there and not known to be masked: masks.csv has to say so, and none may be younger than what it
    says."""
    finished, folders = finished_documents(options.errors_in, options.mask), {}
    for job in jobs:
        times = finished.get(job.target.relative_to(options.errors_in).as_posix(), {})
        if job.target.parent not in folders:
            folders[job.target.parent] = outputs_of_folder(job.target.parent)
        for kind in kinds:
            there = folders[job.target.parent].get(job.target.name + SUFFIXES.get(kind, OVERLAY), ())
            yield from ((job, path) for path in there if path.stat().st_mtime > times.get(kind, -1.0))


def _tell(line):
    print(printable(line), file=sys.stderr, flush=True)


def make_writable(folder):
    """Make the folder and try it, before hours of reading."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(say("no output folder", path=folder, reason=error.strerror)) from None
