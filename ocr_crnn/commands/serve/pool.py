"""One queue, and the processes that read what is in it: each is ended and replaced where a document takes too long or crashes it."""

import asyncio
import json
import math
import os
import sys
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

import ocr_crnn
from ocr_crnn.commands.serve.problems import Problem

WORKER, PACKAGE = "ocr_crnn.commands.serve.worker", Path(ocr_crnn.__file__).parent
START_S = 300  # in which a process has its networks
AGAIN_S = (1, 2, 5, 15, 60)  # before one is started again that did not start
LINE = 2**24  # bytes of an answer of a process
LONGEST_WAIT_S = 120  # that a client is told to wait


class StartError(RuntimeError):
    """The networks cannot be loaded; the message is that of whoever tried."""


class Worker:
    """A process of worker.py. made_of: its first line, a dict."""

    def __init__(self, made_of):
        self.made_of, self.process = made_of, None

    async def start(self):
        """Raises StartError."""
        pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.DEVNULL}
        paths = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]  # of a copy that is not installed, too
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        self.process = await asyncio.create_subprocess_exec(sys.executable, "-P", "-m", WORKER, **pipes, limit=LINE, env=environment)
        try:
            await self._ask(self.made_of)
            answer = await asyncio.wait_for(self._answer(), START_S)
        except (TimeoutError, EOFError, OSError) as error:
            await self.end()
            raise StartError(f"A process that reads starts. Received: {type(error).__name__}. Look for memory and time.") from None
        if "failed" in answer:
            await self.end()
            raise StartError(answer["failed"])

    async def read(self, task, page_s, document_s, on_page):
        """The last answer to a task. Raises Problem, and the process has ended then."""
        ends, pages, number = time.monotonic() + document_s, math.inf, 0
        try:
            await self._ask(task)
            while True:
                left = ends - time.monotonic()
                answer = await asyncio.wait_for(self._answer(), max(min(left, page_s) if number < pages else left, 0.01))
                if "pages" in answer:
                    pages = answer["pages"]
                elif "page" in answer:
                    number += 1
                    on_page()
                else:
                    return answer
        except TimeoutError:
            await self.end()
            bound = f"in {document_s:g} seconds" if time.monotonic() >= ends else f"in {page_s:g} seconds a page"
            raise Problem(504, "too-long", f"A document is read {bound}. Received: one that takes longer, after {number:,} pages. "
                          "Lower the dpi, or ask for fewer pages.") from None  # fmt: skip
        except (EOFError, OSError, ValueError):
            await self.end()
            raise Problem(500, "crashed", f"A document is read to its end. Received: one that ends the process which reads it, after "
                          f"{number:,} pages. Repair it, or lower the dpi.") from None  # fmt: skip

    @property
    def alive(self):
        return self.process is not None and self.process.returncode is None

    async def ended(self):
        """Returns when it has, by whatever."""
        await self.process.wait()

    async def end(self):
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.kill()
            self.process.stdin.close()
            await self.process.wait()
            self.process = None

    async def _ask(self, question):
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        await self.process.stdin.drain()

    async def _answer(self):
        line = await self.process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        return json.loads(line)


class Job:
    def __init__(self, task):
        self.task, self.came, self.done = task, time.monotonic(), asyncio.get_running_loop().create_future()


class Pool:
    """made_of: see Worker. workers: how many processes. limits: Limits. tell: called with a metric's name and a number, see metrics.py.

    on_start: called when the first process can read, with None, or with the StartError of it when none ever could.
    """

    def __init__(self, made_of, workers, limits, tell=lambda name, value, *labels: None, on_start=lambda error: None):
        self.made_of, self.count, self.limits, self.tell, self.on_start = made_of, workers, limits, tell, on_start
        self.jobs, self.arrived, self.ready, self.reading = deque(), asyncio.Semaphore(0), 0, 0
        self.draining, self.tasks, self.mean_s, self.begun, self.failing = False, [], 1.0, False, False

    def start(self):
        self.tasks = [asyncio.create_task(self._serve()) for _ in range(self.count)]

    def admit(self):
        """Raises Problem where nothing more is taken on."""
        if self.draining:
            raise Problem(503, "draining", "A service that ends takes on nothing more. Received: a request. Ask another, or again later.",
                          {"retry-after": "10"})  # fmt: skip
        if not self.can_read:
            raise Problem(503, "starting", "Documents are read when the networks are loaded. Received: a request before. Ask again soon.",
                          {"retry-after": "3"})  # fmt: skip
        if len(self.jobs) >= self.limits.waiting + max(self.ready - self.reading, 0):  # those that are about to be begun do not wait
            wait = str(self.wait_s())
            detail = f"At most {self.limits.waiting:,} documents wait. Received: one more. Ask again in {wait} seconds."
            raise Problem(429, "queue-full", detail, {"retry-after": wait})

    @property
    def can_read(self):
        """Also while a process that was ended is replaced, which takes seconds; not if that fails."""
        return self.begun and (self.ready > 0 or not self.failing)

    def wait_s(self):
        """Seconds, whole, until there may be room in the queue."""
        return max(1, min(math.ceil(self.mean_s * (len(self.jobs) + 1) / self.count / 2), LONGEST_WAIT_S))

    async def read(self, task):
        """The answer of a worker to a task. Raises Problem. Cancelled, the task is dropped if it has not begun."""
        self.admit()
        job = Job(task)
        self.jobs.append(job)
        self.arrived.release()
        try:
            return await job.done
        except asyncio.CancelledError:
            with suppress(ValueError):
                self.jobs.remove(job)
            raise

    def drain(self):
        """Take on nothing more. What waits or is read then has limits.drain_s, after which it is answered that it was not."""
        if not self.draining:
            self.draining = True
            self.tasks.append(asyncio.create_task(self._give_up_later()))

    async def stop(self):
        self.draining = True
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _give_up_later(self):
        await asyncio.sleep(self.limits.drain_s)
        for task in self.tasks[: self.count]:
            task.cancel()

    async def _serve(self):
        """One process and its successors."""
        worker, failures = Worker(self.made_of), 0
        try:
            while True:
                if not worker.alive:
                    try:
                        await worker.start()
                    except StartError as error:
                        self.failing = True
                        self._refuse_all()
                        self._begun(error)
                        await asyncio.sleep(AGAIN_S[min(failures, len(AGAIN_S) - 1)])
                        failures += 1
                        continue
                    failures, self.failing = 0, False
                    self.ready += 1
                    self._begun(None)
                try:
                    await self._serve_one(worker)
                finally:
                    self.ready -= not worker.alive
        finally:
            self._refuse_all()
            await worker.end()

    def _begun(self, error):
        if not self.begun:
            self.begun = error is None
            self.on_start(error)

    async def _serve_one(self, worker):
        if not await self._arrives(worker) or not self.jobs:  # dropped
            return
        job = self.jobs.popleft()
        began = time.monotonic()
        self.tell("queue_seconds", began - job.came)
        self.reading += 1
        try:
            answer = await worker.read(job.task, self.limits.page_s, self.limits.document_s, lambda: self.tell("pages", 1))
        except Problem as problem:
            self.tell("workers_ended", 1, problem.code)
            _settle(job, problem)
        except BaseException:
            _settle(job, _ended())
            raise
        else:
            _settle(job, answer)
            self.mean_s += 0.2 * (time.monotonic() - began - self.mean_s)
        finally:
            self.reading -= 1
            self.tell("reading_seconds", time.monotonic() - began)

    async def _arrives(self, worker):
        """Whether a document comes before the worker ends, which somebody may have killed: it is replaced then, and the document waits."""
        arrived, ended = asyncio.ensure_future(self.arrived.acquire()), asyncio.ensure_future(worker.ended())
        try:
            await asyncio.wait({arrived, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            arrived.cancel()
        if worker.alive:
            return True
        if arrived.done() and not arrived.cancelled():
            self.arrived.release()
        self.tell("workers_ended", 1, "killed")
        return False

    def _refuse_all(self):
        """Everybody who waits has an answer, where nobody will read."""
        while self.jobs and (self.draining or not self.can_read):
            _settle(self.jobs.popleft(), _ended())


def _settle(job, outcome):
    if job.done.done():  # nobody waits for it
        return
    if isinstance(outcome, Problem):
        job.done.set_exception(outcome)
    else:
        job.done.set_result(outcome)


def _ended():
    detail = "A document is read by a process that holds the networks. Received: one for which none is left. Ask another, or again later."
    return Problem(503, "ended", detail, {"retry-after": "10"})
