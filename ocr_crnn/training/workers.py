"""Numbered batches made in other processes: in order, ahead of time, without end."""

import multiprocessing
import os
import queue

AHEAD = 24  # batches that a process makes in advance


def produce(batches, first, group, processes=1, ahead=AHEAD):
    """Yield batch `first`, `first + 1`, … made by `processes` processes.

    batches: picklable function `(first=, part=, parts=) -> iterator`: of the groups of `group` batches, those whose number is `part`
        modulo `parts`, beginning with batch `first`. ahead: how many batches a process makes in advance.
    An exception in a process is raised here; a process that dies says so; processes end with whoever reads from them.
    """
    context = multiprocessing.get_context("spawn")  # a fork of a process that runs TensorFlow may hang
    queues = [context.Queue(ahead) for _ in range(processes)]
    workers = [
        context.Process(target=_work, args=(filled, batches, first, part, processes), daemon=True) for part, filled in enumerate(queues)
    ]
    for worker in workers:
        worker.start()
    try:
        step = first
        while True:
            part = step // group % processes
            batch = _take(queues[part], workers[part])
            if isinstance(batch, Exception):
                raise batch
            yield batch
            step += 1
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join()


def _work(filled, batches, first, part, parts):
    """Body of a process: put batches into the queue until the process that reads them is gone."""
    parent = os.getppid()
    try:
        for batch in batches(first=first, part=part, parts=parts):
            while True:
                try:
                    filled.put(batch, timeout=5)
                    break
                except queue.Full:
                    if os.getppid() != parent:  # killed without a word
                        return
    except Exception as error:  # it belongs to whoever reads the queue
        filled.put(error)


def _take(filled, worker):
    while True:
        try:
            return filled.get(timeout=5)
        except queue.Empty:
            if not worker.is_alive():
                raise RuntimeError("A rendering process ended early. Received: no batch. Look at standard error for its reason.") from None
