"""Targets in processes of their own, what they find in files, and the table of it."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from fuzz.frame import Fault

ROOT = Path(__file__).parent.parent
FOUND = Path(__file__).parent / "found"
RESTARTS = 30  # of a target whose process ends at its inputs


@dataclass
class Tally:
    """What a target has come to. faults: how many inputs showed a fault, by its kind. files: those that were kept, one a fault."""

    name: str
    inputs: int = 0
    peak: int = 0
    slowest: float = 0.0
    faults: Counter = field(default_factory=Counter)
    files: dict = field(default_factory=dict)

    def add(self, fault, contents):
        self.faults[fault.kind] += 1
        if (fault.kind, fault.where) not in self.files:
            self.files[fault.kind, fault.where] = path = keep(self.name, fault, contents)
            print(f"{self.name}: {fault.kind} {fault.where}: {_shown(path)}", file=sys.stderr, flush=True)


def keep(name, fault, contents):
    """Save an input, and beside it what it led to and how to repeat it."""
    FOUND.mkdir(exist_ok=True)
    path = FOUND / f"{name}-{fault.kind}-{hashlib.sha256(contents).hexdigest()[:10]}"
    path.write_bytes(contents)
    again = f"python -m fuzz --repeat {_shown(path)}"
    path.with_name(path.name + ".txt").write_text(f"{fault.kind} {fault.where}\n{again}\n\n{fault.told}\n", "utf-8", "backslashreplace")
    return path


def _shown(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def run_targets(names, seed, inputs, seconds, jobs, show=print):
    """Run targets, so many at a time, and show a line of each as it ends. Returns their Tallies."""
    heads = ("crashes", "hangs", "tracebacks", "messages", "memory")
    show("{:<22} {:>8} {:>8} {:>6} {:>11} {:>9} {:>7} {:>8} {:>10}".format("target", "inputs", *heads, "peak MB", "slowest s"))
    with ThreadPoolExecutor(jobs) as pool:
        tallies = []
        for tally in pool.map(lambda name: run_target(name, seed, inputs, seconds), names):
            tallies.append(tally)
            show(format_tally(tally))
    total = Tally("all", sum(t.inputs for t in tallies), max(t.peak for t in tallies), max(t.slowest for t in tallies))
    for tally in tallies:
        total.faults += tally.faults
    show(format_tally(total))
    return tallies


def format_tally(tally):
    counts = [tally.faults[kind] for kind in ("crash", "hang", "traceback", "message", "memory")]
    columns = "{:>8} {:>6} {:>11} {:>9} {:>7}".format(*counts)
    return f"{tally.name:<22} {tally.inputs:>8,} {columns} {tally.peak / 2**20:>8.0f} {tally.slowest:>10.1f}"


def run_target(name, seed, inputs, seconds, program=("-m", "fuzz.child")):
    """Run a target until so many inputs or seconds; its process, Python with `program`, is started again after an input that ended it."""
    tally, end = Tally(name), time.monotonic() + seconds
    start = 0
    with tempfile.TemporaryDirectory(prefix="ocr-crnn-fuzz-") as folder:
        number_path, input_path, errors_path = (Path(folder) / part for part in ("number", "input", "errors"))
        for _ in range(RESTARTS):
            left = max(end - time.monotonic(), 0.1)
            options = [name, seed, start, inputs, left, number_path, input_path]
            command = [sys.executable, *program, *map(str, options)]
            with errors_path.open("wb") as errors:
                child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT, env=_environment())
                with child:
                    _listen(child.stdout, tally, start)
            if child.returncode == 0:
                break
            said = errors_path.read_text("utf-8", "replace")
            kind = "hang" if "Timeout (" in said else "crash"
            if not input_path.exists() or (kind == "crash" and child.returncode > 0):
                raise RuntimeError(f"A target has to work. Received: {name}, which ended with {child.returncode}:\n{said}")
            number = int.from_bytes(number_path.read_bytes(), "little", signed=True)
            tally.add(Fault(kind, _last_place(said), f"It ended with {child.returncode}.\n{said[-8000:]}"), input_path.read_bytes())
            start = tally.inputs = max(number + 1, 0)
            if start == 0 or start >= inputs or time.monotonic() > end:  # a seed ends it: nothing can be tried
                break
    return tally


def _environment():
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}


def _listen(stream, tally, start):
    for line in stream:
        told = json.loads(line)
        if "fault" in told:
            tally.add(Fault(**told["fault"]), bytes.fromhex(told["input"]))
        else:
            tally.inputs = start + told["done"]
            tally.peak, tally.slowest = max(tally.peak, told["peak"]), max(tally.slowest, told["slowest"])


def _last_place(said):
    """Where the main thread was, the line of ours if there is one."""
    places = [line.strip() for line in said.splitlines() if line.strip().startswith("File ")]
    own = [place for place in places if "/ocr_crnn/" in place]
    return (own or places or [said.strip().splitlines()[-1] if said.strip() else "without a word"])[0].replace(str(ROOT), "")[:200]
