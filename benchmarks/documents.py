"""Everything that comes after reading, one benchmark after the other: `python benchmarks/documents.py --fonts FONTS [--only tables …]`.

FONTS are font files and folders that no training sees. Each part is a script of its own with options of its own, and prints its tables.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

PARTS = {  # name of the part: options beside the fonts
    "tables": ("--pages", "10"),
    "clusters": ("--pages", "4"),
    "entities": ("--pages", "6", "--read", "2"),
    "templates": ("--seed", "8"),
    "masking": (),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fonts", nargs="+", required=True, metavar="PATH")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    args = parser.parse_args()
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        for name in args.only:
            script = Path(__file__).with_name(f"documents_{name}.py")
            more = ("--readings", folder) if name == "templates" else ()
            print(f"== {name}", flush=True)
            if subprocess.run([sys.executable, str(script), "--fonts", *args.fonts, *PARTS[name], *more]).returncode:
                failed.append(name)
    sys.exit(f"Every part has to end. Received: {', '.join(failed)} broken off; their errors stand above." if failed else 0)


if __name__ == "__main__":
    main()
