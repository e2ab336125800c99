"""What a run of the reader has found so far: totals, the progress bar and the lines on standard error."""

import sys
import time
from collections import Counter
from contextlib import nullcontext

from ocr_crnn.commands.read.batch import choose_pages
from ocr_crnn.commands.read.errors import ERRORS
from ocr_crnn.commands.read.masks import mask_name
from ocr_crnn.commands.read.messages import say
from ocr_crnn.images import UnreadableError, page_count
from ocr_crnn.names import printable
from ocr_crnn.reading.identifiers import KINDS

NAMED = 5  # files are named up to so many


class Report:
    """folder: where errors.csv stands, None for standard output. skipped: files that a run before this one has finished.
    not_read: what of the folders is neither an image nor a PDF. renamed: (file, path of its outputs without suffix) of those that are
    called otherwise. hidden: kinds of numbers that no line may hold."""

    def __init__(self, folder, quiet, skipped, not_read=(), renamed=(), hidden=()):
        self.folder, self.quiet, self.skipped, self.not_read, self.renamed = folder, quiet, skipped, not_read, renamed
        self.pages, self.words, self.uncertain, self.left_out, self.score_sum = 0, 0, 0, 0, 0.0
        self.errors, self.masked, self.hidden = [], Counter(), hidden
        self.finished = False  # whether every file had its turn
        self.bar, self.shown_words, self.shown_score_sum = None, 0, 0.0

    def progress(self, count):
        """A context in which the bar is shown: on a terminal, unless the text itself goes there. count: asked for the pages in all."""
        if self.quiet or not sys.stderr.isatty() or (self.folder is None and sys.stdout.isatty()):
            return nullcontext()
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = [BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[figures]}"), TimeRemainingColumn()]
        # Standard output may be a pipe: rich must not lead it to the terminal.
        console = Console(stderr=True)
        self.bar = Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False)
        self.bar.add_task("", total=count(), figures="")
        return self.bar

    def expect(self, pages):
        """There are so many pages more than was known."""
        if self.bar is not None:
            self.bar.update(self.bar.tasks[0].id, total=self.bar.tasks[0].total + pages)

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
        if result.set_aside:
            self.say(say("errors set aside", path=result.set_aside))
        self.errors += result.errors
        self.masked += result.masked

    def end(self, message=None):
        """Print the summary, and the message of a run that did not come to its end."""
        self.finished = message is None
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
                if self.hidden:
                    self.say(say("masked", count=sum(self.masked.values()), kinds=_counted(self.masked), doubtful=self._doubtful()))
            elif not self.skipped:
                self.say(say("nothing"))
            if self.not_read:
                self.say(say("not read", count=len(self.not_read), names=some(path.name for path in self.not_read)))
            if self.renamed:
                names = some(f"{file.name} → {target.name}" for file, target in self.renamed)
                self.say(say("renamed", count=len(self.renamed), names=names))
            if self.errors:
                where = {} if self.folder is None else {"path": f"{self.folder}/{ERRORS}"}
                self.say(say("failed" if where else "failed here", count=len(self.errors), **where))
        if message:
            self.say(message)

    def _doubtful(self):
        return sum(count for (_, decision), count in self.masked.items() if decision == "uncertain")

    def say(self, line):
        line = printable(mask_name(line, self.hidden) if self.hidden else line)
        if self.bar is not None and self.bar.live.is_started:
            self.bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            print(line, file=sys.stderr, flush=True)


def count_pages(source, options):
    """How many pages the bar is told of; only what can have several is opened for it."""
    if not isinstance(source, bytes) and source.suffix.lower() not in (".pdf", ".tif", ".tiff", ".webp"):
        return 1
    try:
        return max(len(choose_pages(options.pages, page_count(source, options.password))), 1)
    except UnreadableError:
        return 1


def _counted(masked):
    """ "rrn 3, card 1" of a Counter of (kind, decision)."""
    counts = Counter()
    for (kind, _), count in masked.items():
        counts[kind] += count
    return ", ".join(f"{kind} {counts[kind]:,}" for kind in KINDS if kind in counts) or "-"


def some(names):
    """The first NAMED of names in one text."""
    names = list(names)
    return ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
