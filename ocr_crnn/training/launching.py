"""`train.py --processes N`: processes of this machine as the workers of one training, which end together.

The first is the chief: it writes the run folder and prints. What another prints is in `worker_<number>.log` of the run folder. Each has a
session of its own, so Ctrl-C of a terminal reaches the call alone, which passes it on. The chief holds `pid`; a signal to any of them
saves the state and ends all (training/steps.py).
"""

import json
import multiprocessing
import os
import random
import signal
import socket
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import wait

from ocr_crnn.names import printable
from ocr_crnn.processes import GRACE_S, end_with_parent
from ocr_crnn.training.ending import Course, write_end

PORTS = range(20_000, 32_768)  # below those that Linux gives to connections


def train_in_processes(train, recipes, args, folder):
    """Run `train(recipes, args, course)` in `args.processes` processes; returns `(exit code, message, refused)`.

    folder: the run folder, which exists. args as of `command.parse`. message: what the chief could not tell, None where it has; it is in
    `ended.json` too. refused: whether all ended before the training began. Where a process fails or is killed, the others are given
    GRACE_S to tell their own reason, and end.
    """
    workers = [f"127.0.0.1:{port}" for port in free_ports(args.processes)]
    context = multiprocessing.get_context("spawn")
    started = []
    with _passing_on(started) as asked:
        for index in range(args.processes):
            told, tell = context.Pipe(duplex=False)
            log = folder / f"worker_{index + 1}.log" if index else None
            process = context.Process(target=_work, args=(train, recipes, args, workers, index, log, tell), name=f"worker {index + 1}")
            process.start()
            tell.close()
            started.append(Worker(process, told))
        _wait_for_all(started)
    refused = all(worker.course and worker.course.how == "failed" and not worker.course.began for worker in started)
    code, how, message = _outcome(started, folder, asked)
    if message and not refused:
        message += f" Go on: python train.py --resume {folder}"
        write_end(folder, how, message)
    return code, message, refused


def refuse_other_workers(processes):
    """Raise ValueError where TF_CONFIG names the workers already."""
    if "TF_CONFIG" in os.environ:
        raise ValueError(
            f"--processes names the workers itself. Received: --processes {processes} with TF_CONFIG set, which names others. "
            "Leave --processes out, or unset TF_CONFIG."
        )


def free_ports(count):
    """Ports of the loopback interface that nobody listens on. Nothing holds them until the workers do."""
    found = []
    for port in random.sample(PORTS, len(PORTS)):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
        if len(found) == count:
            return found
    raise ValueError(f"Each process needs a free port from {PORTS[0]} to {PORTS[-1]}. Received: {len(found)} free for {count}. Free some.")


@dataclass
class Worker:
    """A process and the end of the pipe on which it tells how it ended. course: what it has told, None where it died without.

    given_up: it was ended from here, after another had failed.
    """

    process: multiprocessing.Process
    told: object
    course: Course | None = None
    given_up: bool = False

    @property
    def number(self):
        return self.process.name.split()[-1]

    @property
    def failed(self):
        """Whether it has ended, and not as it should."""
        return self.process.exitcode is not None and (self.course is None or self.course.how not in ("finished", "stopped"))

    def hear(self):
        with suppress(EOFError, OSError):  # it died without a word
            if self.course is None and self.told.poll():
                self.course = self.told.recv()


def _work(train, recipes, args, workers, index, log, tell):
    """Body of a process."""
    os.setsid()
    end_with_parent()
    if log:
        with open(log, "a", encoding="utf-8") as stream:
            for number in (1, 2):
                os.dup2(stream.fileno(), number)
    os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}})
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, str(max(1, cores // len(workers))))
    course = Course()
    try:
        code = train(recipes, args, course)
    except BaseException as error:
        course.how, course.message = "failed", course.message or str(error)
        if not isinstance(error, (OSError, ValueError)):  # which name what was received
            raise
        print(f"train.py: {printable(error)}", file=sys.stderr)
        code = 1
    finally:
        with suppress(OSError):
            tell.send(course)
    sys.exit(code)


@contextmanager
def _passing_on(workers):
    """In the block, signals that ask for the end go to the workers that live. Gives the list of the signals that came."""
    came = []

    def pass_on(number, frame=None):
        came.append(number)
        for worker in list(workers):
            with suppress(OSError, TypeError):
                if worker.process.exitcode is None:
                    os.kill(worker.process.pid, number)

    numbers = [signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN else [])]
    before = {number: signal.signal(number, pass_on) for number in numbers}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for worker in workers:
            if worker.process.exitcode is None:  # an error of this process
                worker.process.kill()


def _wait_for_all(workers):
    """Return when all have ended: each by itself, or GRACE_S after another has failed."""
    end = None
    while living := [worker for worker in workers if worker.process.exitcode is None]:
        for worker in workers:
            worker.hear()
        # Asked before each wait, as what is no longer waited for cannot end it: a sentinel is ready a moment before its exit code.
        if end is None and any(worker.failed for worker in workers):
            end = time.monotonic() + GRACE_S
        left_s = None if end is None else end - time.monotonic()
        if left_s is not None and left_s <= 0:
            for worker in living:
                worker.given_up = True
                worker.process.kill()
            left_s = None
        wait([worker.process.sentinel for worker in living], left_s)
    for worker in workers:
        worker.process.join()
        worker.hear()


def _outcome(workers, folder, asked):
    """`(exit code, how, message)` of all of them. message: None where the chief has told."""
    chief, failed = workers[0], [worker for worker in workers if worker.failed]
    if not failed:
        return (128 + asked[0] if asked and chief.course.how == "stopped" else chief.process.exitcode), chief.course.how, None
    if asked and all(worker.course is None for worker in failed):
        return 128 + asked[0], "stopped", f"Stopped before all {len(workers)} processes had begun."
    cause = min(failed, key=lambda worker: (worker.given_up, bool(worker.course and worker.course.lost)))
    same = cause.course and chief.course and chief.course.message == cause.course.message
    told = same or (cause is chief and chief.course)
    return 1, "failed", None if told else _describe(cause, len(workers), folder)


def _describe(worker, count, folder):
    which = f"Process {worker.number} of {count}"
    log = f" What it printed is in {folder / f'worker_{worker.number}.log'}." if worker.number != "1" else ""
    if worker.course is None and worker.process.exitcode < 0:
        return f"{which} was killed by {signal.Signals(-worker.process.exitcode).name}, as by the system where memory is short.{log}"
    if worker.course is None:
        return f"{which} ended with exit code {worker.process.exitcode}.{log}"
    return f"{which} failed: {worker.course.message.rstrip('.')}.{log}"
