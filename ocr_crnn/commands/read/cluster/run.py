"""A shared run of the reader from beginning to end: what is left to do, who does it, what is kept of it."""

import os
import tempfile
from collections import deque
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from ocr_crnn.commands.read.batch import Job, has_outputs
from ocr_crnn.commands.read.cluster.bookkeeping import HIDDEN, PARTS, Folder, Records, digest, parts_of
from ocr_crnn.commands.read.cluster.planning import find_outputs, make_plan
from ocr_crnn.commands.read.cluster.pool import Here
from ocr_crnn.commands.read.cluster.progress import Progress, tell
from ocr_crnn.commands.read.cluster.results import Results
from ocr_crnn.commands.read.cluster.tables import SentTables, Tables
from ocr_crnn.commands.read.cluster.tasks import Read
from ocr_crnn.commands.read.ending import run_to_end
from ocr_crnn.commands.read.masks import tool
from ocr_crnn.commands.read.messages import say
from ocr_crnn.commands.read.outputs import OVERLAY, SUFFIXES
from ocr_crnn.commands.read.remote import Bucket, is_url
from ocr_crnn.commands.read.report import Report, count_pages, some
from ocr_crnn.commands.read.targets import claiming
from ocr_crnn.files import sweep, unfinished_folder
from ocr_crnn.processes import Stopped, stopping

LINES_A_TASK = 64  # files of one line each that are read together


def read_shared(inputs, folder, make_reader, options, sharing):
    """As `files.read_files`, of paths and URLs to a folder or a URL; the exit code."""
    try:
        with ExitStack() as stack:
            stack.enter_context(stopping())
            sweep(tempfile.gettempdir())
            out = open_output(folder)
            if isinstance(out, Path):  # actors have other working folders
                out = Path(os.path.abspath(out))
                options = replace(options, errors_in=out)
            plan, claim = make_plan(inputs, out, sharing.recursive, options), None
            if isinstance(out, Path):
                claims = {one.alias or one.source: out / one.document for one in plan.documents}
                claim = stack.enter_context(claiming(claims, out))
            run = _Run(stack, out, plan, options, sharing)
            run.begin(plan, inputs)
            code = run.go(make_reader, claim)
            if "labelstudio" in options.formats and run.report.finished:
                from ocr_crnn.commands.read.files import tell_import

                tell_import(out, [out / one.document for one in plan.documents], run.report)
            return code
    except Stopped as stopped:
        return 128 + stopped.number


def open_output(folder):
    """The Path or Bucket of the outputs, into which something was written already, before hours of reading."""
    if is_url(folder):
        bucket, name = Bucket(folder), f"{HIDDEN}/begun-{os.urandom(4).hex()}"
        bucket.write(name, b"begun")
        bucket.remove([name])
        return bucket
    from ocr_crnn.commands.read.files import make_writable

    make_writable(Path(folder))
    return Path(folder)


class _Run:
    def __init__(self, stack, out, plan, options, sharing):
        self.out, self.options, self.sharing, self.remote = out, options, sharing, isinstance(out, Bucket)
        self.place = Bucket(out.place(HIDDEN)) if self.remote else Folder(out / HIDDEN)
        self.digest, self.records = digest_of(options, sharing), Records(self.place)
        if self.remote:
            folder = stack.enter_context(unfinished_folder(tempfile.gettempdir(), "tables")) / "tables"  # the outer one is locked
            folder.mkdir()
            self.tables = SentTables(folder, out, self.place, options.mask)
        else:
            self.tables = Tables(out, options.mask)
        self.names = set(out.list()) if self.remote and (self.records.known or options.mask) else set()
        self.left = self._left_to_do(plan)
        skipped = len(plan.documents) - len(self.left)
        self.report = Report(out.url if self.remote else out, sharing.quiet, skipped, plan.others, plan.renamed, options.mask)

    def begin(self, plan, inputs):
        """Take up what earlier runs have left, and say what is about to be replaced."""
        if self.records.not_understood:
            tell(say("records not understood", count=self.records.not_understood, place=HIDDEN))
        if (set_aside := self.tables.begin([one.source for one in plan.documents], inputs)) is not None:
            tell(say("errors set aside", path=set_aside))
        if self.options.mask and (bare := self._not_masked(plan)):
            tell(say("not masked", count=len(bare), folder=self.report.folder, names=some(bare)))
        if not self.remote and not self.sharing.quiet and (count := sum(has_outputs(self._job(one), self.options) for one in self.left)):
            tell(say("replaced", count=count, folder=self.out))
        left = {one.document for one in self.left}
        self.records.forget([name for name in left if (old := self.records.get(name)) is not None and old.options != self.digest])
        if self.place.names(PARTS):  # of documents that were finished just before a kill
            for one in plan.documents:
                if one.document not in left:
                    self.place.remove_below(parts_of(one.document))

    def go(self, make_reader, claim):
        """Do what is left to do; the exit code."""
        if not self.left:
            self.tables.end()
            self.report.end()
            return 0
        arguments = make_reader, self.options, self.out, self.digest, os.getcwd()
        if self.sharing.ray is None:
            pool = Here(arguments)
            try:
                return run_to_end(lambda: self._work(pool), self.report, 1)
            finally:
                pool.close()
        from ocr_crnn.commands.read.cluster.ray_cluster import actors_of

        try:
            with actors_of(self.sharing.ray, self.sharing.actors, arguments, claim) as pool:
                return run_to_end(lambda: self._work(pool), self.report, pool.count)
        finally:  # what actors have left that were killed
            places = set() if self.remote else {(self.out / one.document).parent for one in self.left}
            for place in {*places, Path(tempfile.gettempdir())}:
                sweep(place)

    def _work(self, pool):
        progress = Progress(self.report, self.sharing.quiet, pool.count)
        results = Results(self.place, self.tables, self.records, self.report, progress, self.digest)
        size = LINES_A_TASK if self.sharing.lines else 1
        queue = deque(Read(tuple(self.left[start : start + size])) for start in range(0, len(self.left), size))

        def idle():
            results.keep(at_once=False)
            progress.say_at_times()

        try:
            with self.report.progress(lambda: sum(1 if is_url(one.source) else count_pages(one.source, self.options) for one in self.left)):
                for task, outcomes in pool.run(queue, idle):
                    for outcome in outcomes:
                        results.take(task, outcome, queue)
        finally:
            results.keep()
            self.tables.end()
            progress.end()

    def _left_to_do(self, plan):
        """The Documents that are not known to be finished; those that look otherwise know the content that they had."""
        left = []
        for document, seen in zip(plan.documents, plan.seen, strict=True):
            record = self.records.get(document.document)
            names = self.names if self.remote else None
            same = record is not None and record.options == self.digest and find_outputs(self.out, names, record, self.options)
            if not same:
                left.append(document)
            elif record.seen != tuple(seen):
                left.append(replace(document, known=record.content))
        return left

    def _job(self, document):
        return Job(document.source, document.name, self.out / document.document, alias=document.alias)

    def _not_masked(self, plan):
        """Names of outputs of other formats that are there, and not known to be masked."""
        kinds = [kind for kind in (*SUFFIXES, "overlay") if kind not in self.options.kinds]
        if self.remote:
            suffixes = {SUFFIXES.get(kind, OVERLAY) for kind in kinds}
            return [name for one in plan.documents for suffix in sorted(suffixes) if (name := one.document + suffix) in self.names]
        from ocr_crnn.commands.read.files import not_masked

        return [path.name for _, path in not_masked([self._job(one) for one in plan.documents], self.options, kinds)]


def digest_of(options, sharing):
    """Of all that the bytes of outputs depend on, but for the files that are read."""
    values = {"kinds": sorted(options.kinds), "dpi": options.dpi, "pages": options.pages, "pdfa": options.pdfa, "redo": options.redo}
    values |= {"mask": sorted(options.mask), "whole": options.mask_whole, "lines": sharing.lines, "reader": sharing.reader, "tool": tool()}
    return digest(values)
