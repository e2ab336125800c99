"""Every target of fuzz/ over its seeds and some mutations, in this process; and that the frame finds what it has to find."""

import random

import pytest

from fuzz import frame, run

MUTATIONS = 30
TARGETS = frame.load_targets()


@pytest.mark.parametrize("name", [name for name, chosen in TARGETS.items() if chosen.in_suite])
def test_a_target_holds(name):
    chosen, rng = TARGETS[name], random.Random(name)
    inputs = [*chosen.starts(), *(chosen.draw(rng) for _ in range(MUTATIONS))]
    faults = [fault for fault, _ in (frame.attempt(chosen, contents) for contents in inputs) if fault]
    assert not faults, faults[0].told


def small(run, errors=(ValueError,)):
    return frame.Target("small", run, lambda: [b"seed"], lambda contents, rng: contents + rng.randbytes(1), errors)


def fail_with(error):
    raise error


def test_what_is_a_fault(monkeypatch):
    outcome = lambda run: frame.attempt(small(run), b"1")[0]  # noqa: E731
    assert outcome(lambda contents: fail_with(ValueError("A number is even. Received: 1."))) is None
    assert outcome(lambda contents: fail_with(ValueError("invalid literal"))).kind == "message"
    assert outcome(lambda contents: fail_with(KeyError("path"))).kind == "traceback"
    assert outcome(lambda contents: fail_with(MemoryError())).kind == "memory"
    monkeypatch.setattr(frame, "processor_time", iter((0.0, 29.0, 0.0, 31.0)).__next__)
    assert outcome(lambda contents: None) is None and outcome(lambda contents: None).kind == "hang"
    monkeypatch.setattr(frame, "peak_memory", iter((0, 2**30, 0, 2**31)).__next__)
    monkeypatch.setattr(frame, "processor_time", lambda: 0.0)
    assert outcome(lambda contents: None) is None and outcome(lambda contents: None).kind == "memory"


def test_inputs_repeat():
    chosen = TARGETS["images"]
    first, second = ([chosen.draw(random.Random(f"images 0 {number}")) for number in range(20)] for _ in range(2))
    assert first == second and len(set(first)) > 15


HOSTILE = """
import ctypes, sys, time
from fuzz import child, frame

def run(contents):
    if contents == b"seed":
        return
    if contents == b"1": raise KeyError("a traceback")
    if contents == b"2": ctypes.string_at(0)
    if contents == b"3": bytearray(2**40)
    if contents == b"4": time.sleep(60)

numbers = iter(b"%d" % (number % 6) for number in range(int(sys.argv[3]), 12))
hostile = frame.Target("hostile", run, lambda: [b"seed"], lambda contents, rng: next(numbers), ())
child.load_targets, child.WALL_S = lambda: {"hostile": hostile}, 0.3
child.run_child("hostile", *map(int, sys.argv[2:5]), float(sys.argv[5]), *sys.argv[6:8])
"""


def test_what_ends_a_process_is_counted_kept_and_gone_beyond(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "FOUND", tmp_path / "found")
    (tmp_path / "hostile.py").write_text(HOSTILE)
    tally = run.run_target("hostile", 0, 12, 60, program=(str(tmp_path / "hostile.py"),))
    assert tally.inputs == 12 and tally.faults == {"traceback": 2, "crash": 2, "memory": 2, "hang": 2}
    assert {path.read_bytes() for path in tally.files.values()} == {b"1", b"2", b"3", b"4"} and len(tally.files) == 4
    hang = next(path for (kind, _), path in tally.files.items() if kind == "hang")
    assert f"--repeat {hang}" in hang.with_name(hang.name + ".txt").read_text()
