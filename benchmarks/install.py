"""What the base installation takes on disk, and that it reads: `python benchmarks/install.py [--extras documents,http] [--largest 12]`.

A new virtual environment gets this repository, installed as `pip install ocr-crnn` would, and reads the sample contract from another
folder. Sizes are of site-packages beside what an empty environment has there (pip and setuptools), compiled Python files included: the
bytes of the files, and the blocks of this disk that hold them.
"""

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
CHECK = "import importlib.util as u; print(*(name for name in ('tensorflow', 'keras', 'torch', 'jax') if u.find_spec(name)))"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extras", default="", help="of pyproject.toml, with commas; none by default")
    parser.add_argument("--largest", type=int, default=12, help="packages that are listed")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python, (packages,) = Path(folder, "bin", "python"), Path(folder).glob("lib/*/site-packages")
        before = np.array(size(packages))
        wanted = f"{ROOT}[{args.extras}]" if args.extras else str(ROOT)
        subprocess.run([python, "-m", "pip", "install", "--quiet", wanted], check=True)
        command = [Path(folder, "bin", "ocr-crnn"), "read", ROOT / "data" / "sample_contract.png"]
        text = subprocess.run(command, check=True, cwd=folder, capture_output=True, text=True).stdout
        others = subprocess.run([python, "-c", CHECK], check=True, capture_output=True, text=True).stdout.split()
        sizes = {path.name: size(path) for path in packages.iterdir()}
        own, blocks = size(packages) - before
        print(f"{own:.0f} MB ({blocks:.0f} MB of blocks), of frameworks: {', '.join(others) or 'none'}; read {len(text.split())} words\n")
    for name in sorted(sizes, key=sizes.get, reverse=True)[: args.largest]:
        print(f"{sizes[name][0]:6.0f} MB  {name}")


def size(path):
    """(MB, MB of blocks) of a file, or of what is below a folder; MB are 10⁶ bytes."""
    files = [file.lstat() for file in ([path, *path.rglob("*")] if path.is_dir() else [path])]
    return sum(file.st_size for file in files) / 1e6, sum(file.st_blocks * 512 for file in files) / 1e6


if __name__ == "__main__":
    sys.exit(main())
