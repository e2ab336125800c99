"""Files read by several processes, each with a reader of its own."""

import multiprocessing
import os
import signal
import sys
from collections import deque
from concurrent.futures import ProcessPoolExecutor

from ocr_crnn.commands.read.batch import read_jobs
from ocr_crnn.processes import end_with_parent, share_one_heap
from ocr_crnn.quiet import quiet_pillow


def run_workers(make_reader, tasks, options, report, output, workers):
    """Read tasks, lists of Jobs, shared by processes; results come in the order of the tasks, a few of them are under way at a time."""
    context = multiprocessing.get_context("spawn")  # a forked TensorFlow hangs
    executor = ProcessPoolExecutor(min(workers, len(tasks)), context, _start_worker, (make_reader, workers))
    ended = False
    try:
        under_way, rest = deque(), iter(tasks)
        while True:
            under_way.extend(executor.submit(_read_task, jobs, options) for jobs in _take(rest, 3 * workers - len(under_way)))
            if not under_way:
                ended = True
                return
            for result, texts, pages in under_way.popleft().result():
                for text in texts:
                    output(text)
                report.add(result)
                report.advance(pages, result.words, result.score_sum)
    finally:
        executor.shutdown(wait=ended, cancel_futures=True)  # who waits for a task when its pipe is closed complains of it
        for process in multiprocessing.active_children():
            process.terminate()  # raises SystemExit there, so that temporary files are removed


def _start_worker(make_reader, workers):
    global _reader
    quiet_pillow()
    share_one_heap()
    for name in ("SIGINT", "SIGHUP"):  # they reach every process of the terminal; the first one decides
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    end_with_parent()
    try:
        _reader = make_reader()
    except Exception as error:
        _reader = error


def _stop(number, frame):
    signal.signal(number, signal.SIG_IGN)  # nothing comes between what is removed now
    sys.exit(1)


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
