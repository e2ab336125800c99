"""Everything that comes after reading, one benchmark after the other.

    python benchmarks/documents.py --fonts FONTS [--corpus FILE] [--only tables …]

FONTS are font files and folders that no training sees. Each part is a script of its own beside this one and prints its tables:

"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple


class Part(NamedTuple):
    """options: beside the fonts. minutes: on two cores that nothing else uses, None where they were not taken. prints: what is told."""

    options: tuple
    minutes: int | None
    prints: str


PARTS = {
    "tables": Part(("--pages", "10"), 3, "F of cell neighbourhoods, ruled and not"),
    "clusters": Part(("--pages", "4"), 1, "adjusted Rand index of blocks and F of pairs, by rules and by the network"),
    "joining": Part((), 1, "lines of paragraphs joined with and without a space; needs --corpus"),
    "entities": Part(("--pages", "6", "--read", "2"), 2, "F1 by type, of true text, with errors of 1, 2 and 5 %, and read"),
    "tagger": Part((), None, "F1 of names by the rules alone and with a tagger that is trained for it; needs TensorFlow"),
    "templates": Part(("--seed", "8"), 10, "forms and fields right on scans, photographs and faxes, wrong ones taken, milliseconds a page"),
    "masking": Part((), 8, "recall and precision by kind and damage, among look-alikes"),
    "scripts": Part((), None, "scripts of lines and of characters told right; what sending lines to other weights gains"),
}


def describe(name):
    """A line of the help."""
    minutes = PARTS[name].minutes
    return f"    {name:<10} {f'{minutes} min' if minutes else '':<8} {PARTS[name].prints}"


def arguments(name, args, folder):
    """The command line of a part."""
    given = ("--corpus", *args.corpus) if name == "joining" else ("--fonts", *args.fonts)
    more = ("--readings", folder) if name == "templates" else ()
    return [sys.executable, str(Path(__file__).with_name(f"documents_{name}.py")), *given, *PARTS[name].options, *more]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__ + "\n".join(map(describe, PARTS)), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fonts", nargs="+", required=True, metavar="PATH")
    parser.add_argument("--corpus", nargs="+", default=[], metavar="FILE", help="Korean prose that the language model has not seen")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="all by default, joining only where there is a corpus")
    args = parser.parse_args()
    if "joining" in (args.only or ()) and not args.corpus:
        parser.error("Lines are joined of a text. Received: --only joining without --corpus. Name a file of prose.")
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        for name in args.only or [name for name in PARTS if name != "joining" or args.corpus]:
            print(f"== {name}", flush=True)
            if subprocess.run(arguments(name, args, folder)).returncode:
                failed.append(name)
    sys.exit(f"Every part has to end. Received: {', '.join(failed)} broken off; their errors stand above." if failed else 0)


if __name__ == "__main__":
    main()
