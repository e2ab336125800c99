"""The timer of all benchmarks: wall and processor seconds of calls, repeated after calls that do not count.

Processor time is summed over the threads of this process, so other work on the machine hardly changes it. Alternatives are called in
turn, round by round, so that a change in the machine's load meets all of them.
"""

import time
from typing import NamedTuple

import numpy as np


class Seconds(NamedTuple):
    wall: float
    processor: float


class Times(NamedTuple):
    """Seconds of repeated calls, each `(repeats,)`."""

    wall: np.ndarray
    processor: np.ndarray

    def median(self):
        return Seconds(*(float(np.median(seconds)) for seconds in self))

    def least(self):
        return Seconds(*(float(np.min(seconds)) for seconds in self))


def timed(function):
    """(what the function returns, Seconds of this one call)."""
    wall, processor = time.perf_counter(), time.process_time()
    value = function()
    return value, Seconds(time.perf_counter() - wall, time.process_time() - processor)


def measure(function, repeats, warm_ups=1):
    """Times of `repeats` calls, after `warm_ups` calls that are not counted."""
    return compare({"": function}, repeats, warm_ups)[""]


def compare(functions, repeats, warm_ups=1):
    """`{name: function}` → `{name: Times}`; each round calls every function once."""
    rounds = [[timed(function)[1] for function in functions.values()] for _ in range(warm_ups + repeats)][warm_ups:]
    return {name: Times(*np.array(calls).T) for name, calls in zip(functions, zip(*rounds, strict=True), strict=True)}
