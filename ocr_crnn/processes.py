"""Processes that clean up when they are stopped, end with the process that started them, and hold no memory that they have freed."""

import ctypes
import multiprocessing
import os
import signal
import threading
import time
from contextlib import contextmanager
from functools import cache
from multiprocessing.connection import wait

GRACE_S = 10.0  # in which a process cleans up
_ARENA_MAX = -8  # of mallopt
_given_back = -1e9  # time.monotonic


class Stopped(BaseException):
    """A signal asks for the end: SIGTERM of `kill`, SIGHUP of a terminal that was closed. number: of the signal."""

    def __init__(self, number):
        super().__init__(signal.strsignal(number))
        self.number = number


def give_back_memory(every_s=2.0):
    """What was freed goes back to the system, unless it has within `every_s`; whether it has.

    GNU's allocator keeps the pieces of large pages otherwise: 60 MB a process, and more with the hours. It takes some 10 ms. Nothing
    happens where the C library is another one.
    """
    global _given_back
    trim = _trim()
    if trim is None or time.monotonic() < _given_back + every_s:
        return False
    trim(0)
    _given_back = time.monotonic()
    return True


def share_one_heap():
    """All threads take memory from one heap from here on: a page of A4 is read with 25 MB less, and no slower; whether they do.

    GNU's allocator gives each thread a heap of its own, and what one has freed another cannot use. For a process that only reads. Nothing
    happens where the C library is another one.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(_ARENA_MAX, 1))
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return False


@cache
def _trim():
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return None


@contextmanager
def stopping():
    """SIGTERM and SIGHUP raise Stopped in the block, so that what is temporary is removed; by themselves they end a process at once."""
    if threading.current_thread() is not threading.main_thread():  # of a program that has its own signals
        yield
        return
    numbers = [number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if before[number] == signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number in numbers:
            if signal.getsignal(number) is _stop:
                signal.signal(number, before[number])


def _stop(number, frame):
    raise Stopped(number)


def end_with_parent():
    """Let this process of `multiprocessing` end when its parent is gone: as on SIGTERM, and for sure a while later."""
    parent = multiprocessing.parent_process()

    def watch():
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
