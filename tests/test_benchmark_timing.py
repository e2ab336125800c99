"""The timer of the benchmarks calls what it is given as often and in the order it says. No time is asserted but that none is negative."""

import numpy as np

from benchmarks.timing import Seconds, Times, compare, measure, timed


def test_alternatives_are_called_in_turn_and_warm_ups_are_not_counted():
    calls = []
    times = compare({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, repeats=3, warm_ups=2)
    assert "".join(calls) == "ab" * 5
    assert list(times) == ["a", "b"]
    assert all(len(seconds) == 3 and np.all(seconds >= 0) for seconds in (*times["a"], *times["b"]))


def test_one_function_is_warmed_up_once():
    calls = []
    assert len(measure(lambda: calls.append(1), repeats=4).wall) == 4
    assert len(calls) == 5


def test_medians_and_least_of_wall_and_processor_time():
    times = Times(np.array([3.0, 1.0, 2.0]), np.array([0.5, 0.25, 4.0]))
    assert times.median() == Seconds(2.0, 0.5)
    assert times.least() == Seconds(1.0, 0.25)


def test_one_call_gives_its_value():
    value, seconds = timed(lambda: "value")
    assert value == "value" and seconds.wall >= 0 and seconds.processor >= 0
