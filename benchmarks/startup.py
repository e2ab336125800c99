"""What one run of the command line costs: processor time, time from start to exit, and peak memory of the whole process.

    python benchmarks/startup.py [PAGE.png …] [--repeat 3]

Rows: the interpreter with `import ocr_crnn`, `ocr-crnn read --help`, and `ocr-crnn read` of each page, by default the sample contract and
that contract at 300 dpi, an A4 page; Tesseract (`-l kor+eng`) on the same pages beside it, where it is installed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from timing import timed

ROOT = Path(__file__).parents[1]
# The sample contract, which has 150 dpi, at twice its size. A process of its own draws it: a child counts the memory of its parent.
DRAW_A4 = """
import sys
from PIL import Image
source, target = sys.argv[1:]
Image.open(source).convert("L").resize((2480, 3508), Image.Resampling.BICUBIC).save(target, dpi=(300, 300))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the quickest counts")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        contract, drawn = ROOT / "data" / "sample_contract.png", Path(folder) / "a4_300dpi.png"
        subprocess.run([sys.executable, "-c", DRAW_A4, str(contract), str(drawn)], check=True)
        pages = args.pages or [contract, drawn]
        read = [sys.executable, "-m", "ocr_crnn", "read"]
        commands = {"import ocr_crnn": [sys.executable, "-c", "import ocr_crnn"], "ocr-crnn read --help": [*read, "--help"]}
        for page in pages:
            commands[f"ocr-crnn read {page.name}"] = [*read, str(page)]
            if shutil.which("tesseract"):
                commands[f"tesseract {page.name}"] = ["tesseract", str(page), "-", "-l", "kor+eng"]
        print(f"{os.cpu_count()} cores, the quickest of {args.repeat} runs\n")
        print("| command | processor s | start to exit s | peak MB |\n|---|---:|---:|---:|")
        for name, command in commands.items():
            processor, wall, peak = (min(values) for values in zip(*(run(command) for _ in range(args.repeat)), strict=True))
            print(f"| `{name}` | {processor:.2f} | {wall:.2f} | {peak:.0f} |", flush=True)


def run(command):
    """(processor time in s, time from start to exit in s, peak memory in MB) of a command; exits where it fails."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    nowhere = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]

    def start_and_wait():
        return os.wait4(os.posix_spawnp(command[0], command, environment, file_actions=nowhere), 0)

    (_, status, usage), spent = timed(start_and_wait)  # the usage of this child alone, its own children included
    if status:
        sys.exit(f"A command that is measured has to succeed. Received: exit code {os.waitstatus_to_exitcode(status)} of {command}.")
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes here
    return usage.ru_utime + usage.ru_stime, spent.wall, usage.ru_maxrss / unit


if __name__ == "__main__":
    main()
