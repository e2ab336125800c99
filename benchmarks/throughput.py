"""How much is read in a second: pages by processes and cores, lines by one process.

    python benchmarks/throughput.py --bench FOLDER [--rounds 3]

Pages are those of FOLDER/gt, read to text by `ocr-crnn read`: one process on one core, one on all, and a process a core. Times are from the
first output to the last, so that starting does not count. Lines are FOLDER/crops, given as images to one TextRecognizer with the light
engine on all cores. Medians over the rounds, which take turns.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from bench_lines import read_lines
from timing import timed

from ocr_crnn.reading.loading import load_recognizer
from ocr_crnn.recognition.recognizer import load_line

ROOT = Path(__file__).parents[1]


def read_pages(files, workers, cores):
    """Pages a second of the command on so many of this machine's cores."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "ocr_crnn", "read", *files, "-o", folder, "--workers", str(workers), "--quiet"]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        subprocess.run(command, check=True, env=environment, preexec_fn=partial(os.sched_setaffinity, 0, cores))
        times = sorted(path.stat().st_mtime for path in Path(folder).glob("*.txt"))
    if len(times) != len(files):
        sys.exit(f"Every page has an output. Received: {len(times)} of {len(files)}.")
    return (len(times) - workers) / (times[-1] - times[workers - 1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    truths = sorted((args.bench / "gt").glob("*.json"))
    files = [str(args.bench / json.loads(truth.read_text(encoding="utf-8"))["image"]) for truth in truths]
    systems = {
        "1 process, 1 core": (1, cores[:1]),
        f"1 process, {len(cores)} cores": (1, cores),
        f"{len(cores)} processes, {len(cores)} cores": (len(cores), cores),
    }
    rates = {name: [] for name in systems}
    for _ in range(args.rounds):
        for name, (workers, own) in systems.items():
            rates[name].append(read_pages(files, workers, own))
    print(f"{len(files)} pages, medians of {args.rounds} rounds, load {os.getloadavg()[0]:.1f}\n")
    print("| `ocr-crnn read` | pages/s | of one core |\n|---|---:|---:|")
    for name, found in rates.items():
        beside = statistics.median(one / other for one, other in zip(found, rates["1 process, 1 core"], strict=True))
        print(f"| {name} | {statistics.median(found):.2f} | {beside:.2f} |")

    recognizer = load_recognizer(engine="litert")
    lines = [load_line(path) for path, _, _ in read_lines(args.bench / "crops")]
    recognizer(lines)
    spent = [timed(partial(recognizer, lines))[1] for _ in range(args.rounds)]
    wall, processor = (statistics.median(values) for values in zip(*spent, strict=True))
    print(f"\n{len(lines)} lines: {len(lines) / wall:.0f} lines/s, {1000 * processor / len(lines):.1f} ms of processor time a line")


if __name__ == "__main__":
    main()
