"""Stand-ins for one training of `launching.train_in_processes`, without TensorFlow.

They are functions of a module, for processes find them by name.
"""

import json
import os
import signal
import time


def worker():
    return json.loads(os.environ["TF_CONFIG"])["task"]["index"]


def well(recipes, args, course):
    print(f"worker {worker()} of {os.environ['TF_CONFIG']} with {os.environ['OMP_NUM_THREADS']} threads", flush=True)
    course.began, course.how = True, "finished"
    return 0


def waits(course):
    """As for another worker that is gone."""
    course.began = True
    time.sleep(600)


def one_raises(recipes, args, course):
    waits(course) if worker() == 0 else None
    course.began = True
    raise RuntimeError("a broken image")


def one_is_killed(recipes, args, course):
    waits(course) if worker() == 0 else os.kill(os.getpid(), signal.SIGKILL)


def one_is_lost(recipes, args, course):
    """The chief hears of the other's end before the call does."""
    if worker() == 1:
        time.sleep(0.5)
        os._exit(7)
    course.began, course.how, course.message, course.lost = True, "failed", "Another worker does not answer", True
    return 1


def all_refuse(recipes, args, course):
    course.how, course.message = "failed", "No such layer"
    return 1


def chief_refuses(recipes, args, course):
    raise OSError("in use by process 1") if worker() == 0 else waits(course)


def stopped_by_call(recipes, args, course):
    """The call is asked to stop, and asks all of them."""
    asked = []
    signal.signal(signal.SIGTERM, lambda number, frame: asked.append(number))
    course.began, course.how = True, "stopped"
    if worker() == 1:
        time.sleep(0.5)
        os.kill(os.getppid(), signal.SIGTERM)
    while not asked:
        time.sleep(0.02)
    return 128 + asked[0]


def stopped_at_once(recipes, args, course):
    """Before a process looks out for signals."""
    os.kill(os.getppid(), signal.SIGTERM) if worker() == 1 else None
    time.sleep(600)
