"""What became of the tasks: counted, reported, kept; and what there is to do next of a long document."""

import time

from ocr_crnn.commands.read.batch import Result
from ocr_crnn.commands.read.cluster.bookkeeping import Record, part_name, parts_of
from ocr_crnn.commands.read.cluster.tables import Tables
from ocr_crnn.commands.read.cluster.tasks import Broken, Died, Finished, Join, Long, PartRead, Read, ReadPart, Unchanged
from ocr_crnn.commands.read.cluster.worker import PAGES_A_TASK
from ocr_crnn.images.sources import MAX_FAILURES


class Results:
    """place: a Folder or Bucket for bookkeeping. tables: errors.csv and masks.csv, see Tables. digest: of the options."""

    def __init__(self, place, tables: Tables, records, report, progress, digest):
        self.place, self.tables, self.records, self.report, self.progress, self.digest = place, tables, records, report, progress, digest
        self.long, self.kept_at = {}, time.monotonic()

    def take(self, task, outcome, queue):
        """Count an outcome of a task. queue: a deque of tasks, which may get more. Raises what ends the run."""
        if isinstance(outcome, Broken):
            raise outcome.error
        {Finished: self._finished, Unchanged: self._unchanged, Long: self._begin_long, PartRead: self._part_read, Died: self._died}[
            type(outcome)
        ](task, outcome, queue)

    def keep(self, at_once=True):
        """Have on disk, or in the store, what is finished, if it is time to."""
        if at_once or time.monotonic() > self.kept_at + self.place.keep_every_s:
            self.tables.keep()  # before the documents count as finished
            self.records.keep()
            self.kept_at = time.monotonic()

    def _finished(self, task, outcome, queue):
        document, result = outcome.document, outcome.result
        self.report.add(result)
        self.progress.add(outcome.pages, result.words * bool(outcome.pages), result.score_sum * bool(outcome.pages))
        self.tables.note(document, result)
        self.tables.add_masks(outcome.masks)
        if outcome.content is not None:
            self.records.add(Record(document.document, self.digest, outcome.content, tuple(outcome.seen), result.in_all))
        if isinstance(task, Join):
            self.long.pop(document)
            if outcome.content is not None:
                self.keep()
            self.place.remove_below(parts_of(document.document))

    def _unchanged(self, task, outcome, queue):
        self.report.skipped += 1
        self.progress.add(0)
        known = self.records.get(outcome.document.document)
        self.records.add(Record(known.document, self.digest, outcome.content, tuple(outcome.seen), known.in_all))

    def _begin_long(self, task, outcome, queue):
        """Its parts come next, so that few documents are under way; parts that a killed run has left are taken as they are."""
        document, there = outcome.document, set()
        for name in self.place.names(parts_of(document.document)):
            if name.startswith(parts_of(document.document, outcome.key) + "/"):
                there.add(name)
            else:  # of another content, or of other options
                self.place.remove([name])
        state = self.long[document] = _LongDocument(outcome)
        for start in range(0, len(outcome.indices), PAGES_A_TASK):
            part = ReadPart(document, outcome.content, outcome.key, outcome.indices[start : start + PAGES_A_TASK])
            if (name := part_name(document.document, outcome.key, part.indices)) in there:
                state.names.append(name)
                self.progress.skip(len(part.indices))
            else:
                state.waiting[part] = None
        queue.extendleft(reversed(state.waiting))
        self._join_if_whole(state, queue)

    def _part_read(self, task, outcome, queue):
        state = self.long[task.document]
        del state.waiting[task]
        state.names.append(part_name(task.document.document, task.key, task.indices))
        self.progress.add(outcome.pages, outcome.words, outcome.score_sum)
        self.tables.add_masks(outcome.masks)
        state.failures = state.failures + len(task.indices) if outcome.failed else 0
        if state.failures >= MAX_FAILURES:
            state.give_up(queue)
        self._join_if_whole(state, queue)

    def _died(self, task, outcome, queue):
        """What was read together is read one by one; what ends the process by itself is an error."""
        if isinstance(task, Read):
            if len(task.documents) > 1:
                queue.extendleft(Read((document,)) for document in reversed(task.documents))
            else:
                self._fail(task.documents[0], outcome, queue, task)
        elif isinstance(task, Join):
            self._fail(task.document, outcome, queue, task)
        else:
            state = self.long[task.document]
            del state.waiting[task]
            if len(task.indices) > 1:
                parts = [ReadPart(task.document, task.content, task.key, (index,)) for index in task.indices]
                state.waiting |= dict.fromkeys(parts)
                queue.extendleft(reversed(parts))
            else:
                state.errors.append((task.indices[0] + 1, died_message(f"page {task.indices[0] + 1} of {task.document.name}", outcome)))
                self.progress.add(1)
            self._join_if_whole(state, queue)

    def _fail(self, document, outcome, queue, task):
        result = Result(document.name, hidden=self.tables.hidden)
        result.fail(None, RuntimeError(died_message(document.name, outcome)))
        self._finished(task, Finished(document, result, None, (), 1), queue)
        self.tables.settle(document, result)

    def _join_if_whole(self, state, queue):
        if not state.waiting:
            long = state.long
            join = Join(long.document, long.content, long.key, long.in_all, tuple(sorted(state.names)), tuple(sorted(state.errors)))
            queue.appendleft(join)


class _LongDocument:
    """waiting: its parts that are not read yet, keys of a dict. names: of those that are. errors: (page, message) of pages in none.
    failures: pages in a row that could not be read."""

    def __init__(self, long):
        self.long, self.waiting, self.names, self.errors, self.failures = long, {}, [], [], 0

    def give_up(self, queue):
        """Try no more of its pages; what is being read already is waited for."""
        given_up = [task for task in queue if task in self.waiting]
        for part in given_up:
            queue.remove(part)
            del self.waiting[part]
        if given_up:
            name, untried = self.long.document.name, sum(len(part.indices) for part in given_up)
            found = f"{name}, of which {self.failures} pages in a row could not be read: {untried} pages were not tried"
            fix = "Repair it, or ask for the pages that are whole."
            self.errors.append((given_up[0].indices[0] + 1, f"A file has pages that can be read. Received: {found}. {fix}"))
        self.failures = 0


def died_message(name, outcome):
    return (
        f"A page is read without ending the process that reads it. Received: {name}, which ended {outcome.times} actors "
        f"({outcome.reason}). Read it alone, with more memory; if it ends that too, report this."
    )
