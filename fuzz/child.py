"""The process that runs one target, input after input. It may be ended at any of them: what it was at stands in two files."""

import faulthandler
import json
import os
import random
import resource
import sys
import time
from pathlib import Path

from fuzz.frame import MEMORY, WALL_S, attempt, load_targets, peak_memory, processor_time

POOL = 300  # inputs that led to something new, and are mutated further
ROOM = 3 * MEMORY  # bytes of address space beyond what the start takes; a reader that wants more gets a MemoryError


def run_child(name, seed, start, inputs, seconds, number_path, input_path):
    """Run a target from input number `start`, until `inputs` are done or `seconds` are over; says on standard output what it finds.

    number_path, input_path: files that hold the number of the input that is tried, and the input.
    """
    told = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever a reader prints
    faulthandler.enable()
    chosen = load_targets()[name]
    number_file, input_file = (os.open(path, os.O_RDWR | os.O_CREAT, 0o600) for path in (number_path, input_path))

    def try_one(number, contents):
        os.pwrite(number_file, number.to_bytes(8, "little", signed=True), 0)
        os.ftruncate(input_file, 0)
        os.pwrite(input_file, contents, 0)
        faulthandler.dump_traceback_later(WALL_S, exit=True)
        fault, path = attempt(chosen, contents)
        faulthandler.cancel_dump_traceback_later()
        if fault is not None:
            print(json.dumps({"fault": vars(fault), "input": contents.hex()}), file=told)
        return path

    for contents in chosen.starts():  # imports what there is to import
        try_one(-1, contents)
    base = peak_memory()
    _limit_memory()
    pool, seen, slowest, began, last = [], set(), 0.0, time.monotonic(), 0.0
    number = start
    while number < inputs and (now := time.monotonic()) - began < seconds:
        if now - last > 1:
            last = now
            print(json.dumps({"done": number - start, "peak": peak_memory() - base, "slowest": slowest}), file=told)
        contents = chosen.draw(random.Random(f"{name} {seed} {number}"), pool)
        spent = processor_time()
        path = try_one(number, contents)
        slowest = max(slowest, processor_time() - spent)
        if path and path not in seen and len(pool) < POOL:
            seen.add(path)
            pool.append(contents)
        number += 1
    print(json.dumps({"done": number - start, "peak": peak_memory() - base, "slowest": slowest}), file=told)


def repeat(name, path):
    """Run a target on a file, as the child does; prints what it leads to and returns whether that is a fault."""
    faulthandler.enable()
    chosen = load_targets()[name]
    for contents in chosen.starts()[:1]:
        attempt(chosen, contents)
    _limit_memory()
    faulthandler.dump_traceback_later(WALL_S, exit=True)
    before = peak_memory()
    fault, _ = attempt(chosen, Path(path).read_bytes())
    faulthandler.cancel_dump_traceback_later()
    print(f"{fault.kind}: {fault.told}" if fault else "no fault", f"{(peak_memory() - before) / 2**20:.0f} MB more than before")
    return fault is not None


def _limit_memory():
    if sys.platform.startswith("linux"):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + ROOM,) * 2)


if __name__ == "__main__":
    run_child(sys.argv[1], *map(int, sys.argv[2:5]), float(sys.argv[5]), *sys.argv[6:8])
