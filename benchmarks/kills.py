"""Kill what writes files, go on, and compare with what an undisturbed call writes: `python benchmarks/kills.py [--kills 5] [--only …]`.

A call runs in a process that is killed (SIGKILL) before one of its file operations, drawn at random, or at a random moment; then the call
is repeated as a person would, undisturbed. Counted are, for each kind of call in kill_cases.py:

    kills          processes that were killed while they worked
    lost           calls whose files, after going on, are not those of an undisturbed call
    half-written   calls that left, right after the kill, a file under its own name that is neither whole nor as it was before
    left behind    calls after which, when they went on, unfinished files were still there, beside the outputs or in the system's folder
    alive          calls that left a process behind 30 s after the kill

Python reports its file operations; those of compiled code (SavedModels, HDF5) are met by the kills at random moments.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path += [str(Path(__file__).parent), str(Path(__file__).parent.parent / "tests" / "helpers")]

from kill_child import Child


def kill_children_of(pid):
    """Kill one of the processes that a process has started; whether there was one."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = children.read_text().split() if children.exists() else []
    if found:
        os.kill(int(random.choice(found)), signal.SIGKILL)
    return bool(found)


def kill_once(case, folder, log, rng, operations, seconds):
    """One kill of a call that writes to `folder`; the Child, killed or finished before."""
    if case.by_operation and rng.random() < case.by_operation:
        child = Child(lambda: case.call(folder), log, rng.randrange(operations))
        return child, child.wait()[0]
    child = Child(lambda: case.call(folder), log)
    time.sleep(rng.uniform(0.0, seconds))
    if case.kills_workers and rng.random() < 0.5 and kill_children_of(child.pid):
        child.wait()
        return child, True
    os.kill(child.pid, signal.SIGKILL)
    return child, child.wait()[0]


def measure(case, kills, root, rng):
    """A row of the table."""
    whole, log, temporary = root / "whole", root / "log.txt", root / "temporary"
    temporary.mkdir(parents=True)
    tempfile.tempdir, os.environ["TMPDIR"] = str(temporary), str(temporary)
    case.prepare(root / "inputs")
    case.before(whole)
    first = Child(lambda: case.call(whole), log)
    _, code, seconds = first.wait()
    if code not in case.codes:
        raise SystemExit(f"{case.name}: the undisturbed call failed with {code}:\n{log.read_text()}")
    expected = case.look(whole)
    row = dict.fromkeys(("kills", "lost", "half-written", "left behind", "alive"), 0)
    for number in range(3 * kills):
        if row["kills"] == kills:
            break
        folder = root / f"{number}"
        case.before(folder)
        before = case.look(folder)
        child, killed = kill_once(case, folder, log, rng, first.operations, seconds)
        row["alive"] += child.outlived()
        if not killed:
            continue
        row["kills"] += 1
        half = case.half_written(folder, before, expected)
        again = Child(lambda folder=folder: case.go_on(folder), log)
        again.wait(), again.outlived()
        found = case.look(folder)
        left = [path for place in (folder, temporary) for path in place.rglob("*.unfinished.*")]
        for name, wrong in (("lost", found != expected), ("half-written", bool(half)), ("left behind", bool(left))):
            row[name] += wrong
            if wrong:
                different = sorted(key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key))
                print(f"  {case.name}, {folder}: {name}: {half if name == 'half-written' else left or different}", file=sys.stderr)
    return row


def main():
    from kill_cases import CASES

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=5, help="20 are 200 in all: quick kinds get more, slow ones fewer")
    parser.add_argument("--only", nargs="+", choices=[case.name for case in CASES], metavar="KIND")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    names = ("kills", "lost", "half-written", "left behind", "alive")
    print(f"| call | {' | '.join(names)} |\n|---|{'---:|' * len(names)}", flush=True)
    total = dict.fromkeys(names, 0)
    with tempfile.TemporaryDirectory(prefix="kills.") as root:
        for case in CASES:
            if args.only and case.name not in args.only:
                continue
            row = measure(case, max(round(case.share * args.kills), 1), Path(root) / case.name.replace(" ", "_"), rng)
            print(f"| {case.name} | {' | '.join(str(row[name]) for name in names)} |", flush=True)
            total = {name: total[name] + row[name] for name in names}
    print(f"| all | {' | '.join(str(total[name]) for name in names)} |")
    sys.exit(1 if any(total[name] for name in names[1:]) else 0)


if __name__ == "__main__":
    main()
