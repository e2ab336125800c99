"""What a run of the reader has found so far: totals, errors.csv, the progress bar and the lines on standard error."""

import csv
import io
import sys
import time
from contextlib import nullcontext
from pathlib import Path

from ocr_crnn.commands.read.batch import choose_pages
from ocr_crnn.commands.read.messages import say
from ocr_crnn.files import replace_file
from ocr_crnn.images import UnreadableError, page_count

ERRORS = "errors.csv"
NAMED = 5  # files that were not read are named up to so many


class Report:
    """folder: where errors.csv goes, None for standard output. skipped: files that a run before this one has finished.
    of_others: errors of that run, of files that this one does not read; they stay in errors.csv. not_read: files of the folders
    that are neither images nor PDFs."""

    def __init__(self, folder, quiet, skipped, of_others=(), not_read=()):
        self.folder, self.quiet, self.skipped, self.of_others, self.not_read = folder, quiet, skipped, list(of_others), not_read
        self.pages, self.words, self.uncertain, self.left_out, self.score_sum = 0, 0, 0, 0, 0.0
        self.errors = []
        self.bar, self.shown_words, self.shown_score_sum = None, 0, 0.0
        if folder is not None:
            self._write_errors()  # in place of those of an earlier run

    def progress(self, jobs, options):
        """A context in which the bar is shown: on a terminal, unless the text itself goes there."""
        if self.quiet or not sys.stderr.isatty() or (self.folder is None and sys.stdout.isatty()):
            return nullcontext()
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = [BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[figures]}"), TimeRemainingColumn()]
        # Standard output may be a pipe: rich must not lead it to the terminal.
        console = Console(stderr=True)
        self.bar = Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False)
        self.bar.add_task("", total=sum(_count(job, options) for job in jobs), figures="")
        return self.bar

    def advance(self, pages, words, score_sum):
        """Move the bar on by pages with so many words, whose scores add up to `score_sum`."""
        if self.bar is not None:
            task = self.bar.tasks[0]
            self.shown_words += words
            self.shown_score_sum += score_sum
            rate = (task.completed + pages) / max(time.monotonic() - task.start_time, 1e-3)
            figures = say("progress", rate=rate, score=self.shown_score_sum / max(self.shown_words, 1))
            self.bar.update(task.id, advance=pages, figures=figures)

    def add(self, result):
        self.pages += result.pages
        self.words += result.words
        self.uncertain += result.uncertain
        self.left_out += result.left_out
        self.score_sum += result.score_sum
        for name, page, message in result.errors:
            if name not in message:
                message = say("page", name=name, page=page, message=message) if page else f"{name}: {message}"
            self.say(message)
        if result.kept:
            self.say(say("kept", name=result.name, count=result.kept))
        if result.errors:
            self.errors += result.errors
            if self.folder is not None:
                self._write_errors()

    def end(self, message=None):
        """Print the summary, and the message."""
        if self.folder is None:
            sys.stdout.flush()
        if not self.quiet:
            if self.skipped:
                self.say(say("skipped", count=self.skipped))
            if self.pages:
                score = self.score_sum / max(self.words, 1)
                self.say(say("summary", pages=self.pages, words=self.words, score=score, uncertain=self.uncertain))
                if self.left_out:
                    self.say(say("left out", count=self.left_out))
            elif not self.skipped:
                self.say(say("nothing"))
            if self.not_read:
                names = ", ".join(path.name for path in self.not_read[:NAMED]) + (", …" if len(self.not_read) > NAMED else "")
                self.say(say("not read", count=len(self.not_read), names=names))
            if self.errors:
                where = {} if self.folder is None else {"path": Path(self.folder) / ERRORS}
                self.say(say("failed" if where else "failed here", count=len(self.errors), **where))
        if message:
            self.say(message)

    def _write_errors(self):
        errors = self.of_others + self.errors
        if errors:
            replace_file(Path(self.folder) / ERRORS, _to_csv(errors))
        else:
            (Path(self.folder) / ERRORS).unlink(missing_ok=True)

    def say(self, line):
        if self.bar is not None and self.bar.live.is_started:
            self.bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            print(line, file=sys.stderr, flush=True)


def _count(job, options):
    """How many pages the bar is told of; only what can have several is opened for it."""
    if not isinstance(job.source, bytes) and job.source.suffix.lower() not in (".pdf", ".tif", ".tiff", ".webp"):
        return 1
    try:
        return max(len(choose_pages(options.pages, page_count(job.source, options.password))), 1)
    except UnreadableError:
        return 1


def read_errors(folder):
    """The errors that an earlier run has left in a folder: (path, page counted from 1 or None, message)."""
    try:
        text = (Path(folder) / ERRORS).read_text(encoding="utf-8-sig")
    except (FileNotFoundError, UnicodeDecodeError):
        return []
    rows = csv.DictReader(io.StringIO(text))
    return [(row["path"], int(row["page"]) if row["page"] else None, row["message"]) for row in rows]


def _to_csv(errors):
    """path, page, message; with a byte order mark, or Excel would take Hangul for Latin-1."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("path", "page", "message"))
    writer.writerows((name, page or "", message) for name, page, message in errors)
    return "\ufeff" + stream.getvalue()
