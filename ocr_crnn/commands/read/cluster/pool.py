"""Who shares the tasks: one Worker here, or an actor of Ray for each core. Each has one task at a time, so whose task ends it is known."""

import time
from collections import Counter

from ocr_crnn.commands.read.cluster.tasks import Broken, Died
from ocr_crnn.commands.read.cluster.worker import Worker

MOST_TRIES = 3  # of a task that ends the process of its actor
MOST_STARTS = 3  # of actors that end before they are ready, one after the other
LONG_S, CLOSE_S = 60.0, 5.0
LOOK_S = 0.5  # signals and what is to be kept are looked after so often


class Here:
    """Does the tasks in this process."""

    count = 1

    def __init__(self, arguments):
        self.worker = Worker(*arguments)

    def run(self, queue, idle):
        """Yields (task, what became of it) until the queue, a deque that may get more tasks meanwhile, is empty. idle: called at times."""
        while queue:
            task = queue.popleft()
            yield task, self.worker.run(task)
            idle()

    def close(self):
        self.worker.close()


class Actors:
    """Of Ray: `count` actors, one core each. ray: the module, whose cluster is joined. arguments: of Worker.

    claim: see Worker.ready. check: called with what an actor says of itself; raises where it does not fit.
    """

    def __init__(self, ray, count, arguments, claim, check):
        self.ray, self.claim, self.check, self.count = ray, claim, check, count
        self.actor = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(Actor)
        self.arguments = ray.put(arguments)
        self.idle, self.starting, self.running = [], {}, {}
        self.tries, self.failed_starts = Counter(), 0

    def start(self, waiting):
        """Start the actors and wait for the first one. waiting: called if that takes long.

        Raises what a Worker raises that cannot be made."""
        began, told = time.monotonic(), False
        for _ in range(self.count):
            self._start_one()
        while not self.idle:
            self._look()
            if not told and time.monotonic() > began + LONG_S:
                told = True
                waiting()

    def run(self, queue, idle):
        """As Here.run. A task whose actor dies is given to another; Died after MOST_TRIES."""
        while queue or self.running:
            while self.idle and queue:
                actor, task = self.idle.pop(), queue.popleft()
                self.running[actor.run.remote(task)] = actor, task
            for task, outcomes in self._look():
                if outcomes is None:
                    queue.appendleft(task)
                else:
                    yield task, outcomes
            idle()

    def close(self):
        """End the actors: those that have nothing to do remove what is temporary first."""
        if self.idle:
            ending = [actor.close.remote() for actor in self.idle]
            self.ray.wait(ending, num_returns=len(ending), timeout=CLOSE_S)
        for actor in [*self.idle, *self.starting.values(), *(actor for actor, _ in self.running.values())]:
            self.ray.kill(actor)

    def _look(self):
        """`[(task, what became of it, None where it is to be tried again), …]` of the tasks that ended meanwhile."""
        ended, waiting = [], [*self.running, *self.starting]
        ready, _ = self.ray.wait(waiting, num_returns=len(waiting), timeout=0) if waiting else ([], [])
        if not ready and waiting:
            ready, _ = self.ray.wait(waiting, timeout=LOOK_S)
        for reference in ready:
            if reference in self.starting:
                self._started(self.starting.pop(reference), reference)
            else:
                ended += self._ended(*self.running.pop(reference), reference)
        return ended

    def _start_one(self):
        actor = self.actor.remote(self.arguments)
        self.starting[actor.ready.remote(self.claim)] = actor

    def _started(self, actor, reference):
        try:
            found = self.ray.get(reference)
        except self.ray.exceptions.RayError as error:
            self.failed_starts += 1
            if self.failed_starts >= MOST_STARTS:
                raise ActorError(error) from None
            self._start_one()
            return
        if isinstance(found, Exception):
            raise found
        self.check(found)
        self.failed_starts = 0
        self.idle.append(actor)

    def _ended(self, actor, task, reference):
        try:
            outcomes = self.ray.get(reference)
        except self.ray.exceptions.RayTaskError as error:  # a fault of ours: not of the actor
            self.idle.append(actor)
            cause = getattr(error, "cause", None)
            return [(task, [Broken(cause if isinstance(cause, Exception) else RuntimeError(str(error)))])]
        except self.ray.exceptions.RayError as error:  # the actor has died, or its machine
            self.ray.kill(actor)
            self._start_one()
            return self._try_again(task, " ".join(str(error).split())[:300])
        self.idle.append(actor)
        return [(task, outcomes)]

    def _try_again(self, task, reason):
        """A task again, given to another; what was read together is Died at once, to be read one by one."""
        self.tries[task] += 1
        times = self.tries[task]
        several = len(getattr(task, "documents", getattr(task, "indices", ()))) > 1
        return [(task, [Died(task, times, reason)] if several or times >= MOST_TRIES else None)]


class Actor:
    """A Worker in a process of Ray. What it cannot be made with is what `ready` says."""

    def __init__(self, arguments):
        import signal

        from ocr_crnn.quiet import quiet_pillow

        quiet_pillow()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it reaches every process of a terminal; the first one decides
        try:
            self.worker = Worker(*arguments)
        except Exception as error:
            self.worker = error

    def ready(self, claim):
        try:
            if isinstance(self.worker, Exception):
                return self.worker
            return self.worker.ready(claim)
        except Exception as error:
            return error

    def run(self, task):
        return self.worker.run(task)

    def close(self):
        if not isinstance(self.worker, Exception):
            self.worker.close()


class ActorError(RuntimeError):
    """Actors end before they are ready."""
