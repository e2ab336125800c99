"""Pages a second of `ocr-crnn read --ray` beside `--workers`: `python benchmarks/ray.py [--pages 48] [--actors 1 2] [--rounds 3]`.

The same pages, pieces of the sample pages, each a file of its own, are read to text by so many processes and by so many actors of Ray, with
the networks that ship, in turn, round by round. A rate is that between the first outputs and the last, by the times of the files: what it
takes until the first one stands in a column of its own. "of --workers" is the median over the rounds of the ratio within a round.
Processor seconds a page are those of the processes that read, which a busy machine hardly changes; their ratio is the overhead.

Commands run as processes, for this file is called as Ray's own package is, and would be taken for it.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from long_run import draw_page

ROOT = Path(__file__).parents[1]
SIZE = (1240, 1754)  # of a page in pixels: A4 at 150 dpi


def draw_pages(folder, count):
    rng = np.random.default_rng(7)
    folder.mkdir()
    for number in range(count):
        draw_page(rng, SIZE).convert("L").save(folder / f"{number:05}.png")


def run(pages, out, count, with_ray):
    """(pages a second, seconds from the start of the command to the first output, MB of the largest process that reads, processor seconds
    a page of those that read) of a command."""
    options = ["--ray=local"] if with_ray else []
    command = [sys.executable, "-m", "ocr_crnn", "read", str(pages), "-o", str(out), "--workers", str(count), "--quiet", *options]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    began, most, seen = time.time(), 0.0, []
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, cwd=ROOT)
    while process.poll() is None:
        mb, spent = look_at_readers(process.pid)
        most, done = max(most, mb), len(list(out.glob("*.txt")))
        if done >= count and spent:
            seen.append((done, spent))
        time.sleep(0.2)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    times = sorted(path.stat().st_mtime for path in out.glob("*.txt"))
    rate = (len(times) - count) / max(times[-1] - times[count - 1], 1e-3)
    (first, before), (last, after) = seen[0], max(seen, key=lambda look: look[1])
    return rate, times[0] - began, most, (after - before) / max(last - first, 1)


def look_at_readers(top):
    """(MB of the largest process that reads, without what is shared; processor seconds of all that read) of a command and all below it,
    without what Ray itself runs."""
    found, spent, waiting = 0.0, 0.0, [top]
    while waiting:
        pid = waiting.pop()
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                waiting += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
            name = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if re.search(r"ray::Actor|multiprocessing|ocr_crnn read", name):
                fields = Path(f"/proc/{pid}/statm").read_text().split()
                clock = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                spent += (int(clock[11]) + int(clock[12])) / os.sysconf("SC_CLK_TCK")
                found = max(found, (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE") / 1e6)
        except (OSError, ValueError, IndexError):  # it has ended
            continue
    return found, spent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=48)
    parser.add_argument("--actors", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    found = {(count, with_ray): [] for count in args.actors for with_ray in (False, True)}
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder) / "pages"
        draw_pages(pages, args.pages)
        for number in range(args.rounds):
            for count, with_ray in found:
                out = Path(folder) / f"{number}-{count}-{with_ray}"
                found[count, with_ray].append(run(pages, out, count, with_ray))
                print(f"  round {number + 1}: {count} {'actors' if with_ray else 'workers'}", *found[count, with_ray][-1], file=sys.stderr)
    print(f"{args.pages} pages of {SIZE[0]} × {SIZE[1]} px, {os.cpu_count()} cores, medians of {args.rounds} rounds\n")
    print("| processes | pages/s | of --workers | of one, times the number | until the first output, s | MB at most | processor s a page |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for (count, with_ray), rows in found.items():
        rates, starts, mb, spent = zip(*rows, strict=True)
        beside = statistics.median(rate / other[0] for rate, other in zip(rates, found[count, False], strict=True))
        alone = statistics.median(rate / other[0] / count for rate, other in zip(rates, found[args.actors[0], with_ray], strict=True))
        name = f"--ray, {count} actors" if with_ray else f"--workers {count}"
        figures = f"{statistics.median(rates):.2f} | {beside:.2f} | {alone * args.actors[0]:.2f} | {statistics.median(starts):.1f}"
        print(f"| {name} | {figures} | {max(mb):.0f} | {statistics.median(spent):.2f} |")


if __name__ == "__main__":
    main()
