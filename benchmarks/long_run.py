"""Memory over many pages of mixed kinds: `python benchmarks/long_run.py [--pages 500] [--workers 2]`, with the networks that ship.

Pictures of eight kinds, TIFFs of three pages, PDFs of two, pages on their side, blank and broken ones are read to every format by
`read_files`, in one process and in so many workers. Prints what the processes hold together every so many pages, whether both wrote the
same texts, whether one reader in four threads reads them too, and which ways of starting a process end in the same text.
"""

import argparse
import multiprocessing
import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import img2pdf
import numpy as np
from PIL import Image

from ocr_crnn.commands.read.files import read_files
from ocr_crnn.reading.reader import DocumentReader

FORMATS = "txt,json,tsv,hocr,alto,pdf,html"
SAMPLES = sorted((Path(__file__).parent.parent / "data" / "sample_pages").glob("*.jpg"))
SETTLED = 50  # pages after which memory is to be flat
THREADED = 40  # files


@cache
def load_sample(number):
    picture = Image.open(SAMPLES[number]).convert("RGB")
    return picture.resize((3 * picture.width // 4, 3 * picture.height // 4))


def draw_page(rng, size):
    """A piece of a sample page at three quarters of its size, another one each time."""
    picture = load_sample(int(rng.integers(len(SAMPLES))))
    left, top = (int(rng.integers(0, max(whole - side, 0) + 1)) for whole, side in zip(picture.size, size, strict=True))
    return picture.crop((left, top, left + size[0], top + size[1]))


def write_files(folder, count, size, seed):
    """Files of `count` pages together, those that cannot be read among them."""
    rng, number, pages = np.random.default_rng(seed), 0, 0
    while pages < count:
        write, held = KINDS[number % len(KINDS)]
        held = min(held, count - pages)
        write(str(folder / f"{number:05}"), [draw_page(rng, size) for _ in range(held)])
        number, pages = number + 1, pages + held


def write_tiff(path, pictures):
    pictures[0].convert("L").save(f"{path}.tif", save_all=True, append_images=[one.convert("1") for one in pictures[1:]], dpi=(100, 100))


def write_pdf(path, pictures):
    with tempfile.TemporaryDirectory() as folder:
        for number, picture in enumerate(pictures):
            picture.save(f"{folder}/{number}.jpg", dpi=(300, 300))
        Path(f"{path}.pdf").write_bytes(img2pdf.convert(sorted(map(str, Path(folder).iterdir()))))


def write_broken(path, pictures):
    pictures[0].save(f"{path}.png")
    contents = Path(f"{path}.png").read_bytes()
    Path(f"{path}.png").write_bytes(contents[: len(contents) // 2])


def write_transparent(path, pictures):
    ink = 255 - np.asarray(pictures[0].convert("L"))
    Image.fromarray(np.dstack([np.zeros_like(ink)] * 3 + [ink])).save(f"{path}.png")


KINDS = [  # what writes a file, and of how many pages
    (lambda path, pictures: pictures[0].convert("L").save(f"{path}.png"), 1),
    (lambda path, pictures: pictures[0].save(f"{path}.jpg", quality=80), 1),
    (write_tiff, 3),
    (lambda path, pictures: pictures[0].save(f"{path}.webp"), 1),
    (write_pdf, 2),
    (lambda path, pictures: pictures[0].rotate(90, expand=True).save(f"{path}.jpg", progressive=True), 1),
    (lambda path, pictures: pictures[0].quantize(16).save(f"{path}.bmp"), 1),
    (write_broken, 1),
    (lambda path, pictures: pictures[0].convert("L").save(f"{path}.jp2"), 1),
    (write_transparent, 1),
    (lambda path, pictures: Image.new("L", pictures[0].size, 255).save(f"{path}.gif"), 1),
    (lambda path, pictures: pictures[0].convert("P").save(f"{path}.gif"), 1),
]


def held_mb():
    """Resident memory of this process and all below it, and how many they are."""
    parents, held = {}, {}
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            try:
                fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            parents[int(entry)], held[int(entry)] = int(fields[1]), int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    own, found = {os.getpid()}, True
    while found:
        found = {process for process, parent in parents.items() if parent in own} - own
        own |= found
    return sum(held.get(process, 0) for process in own), len(own)


def watch(out, every, done, tell):
    """Tell what is held at every so many finished pages, until `done`."""
    shown = 0
    while not done.wait(1):
        pages = len(list(out.glob("*.json")))
        if pages >= shown + every or (pages and not shown):
            shown = pages - pages % every or 1
            tell(pages, *held_mb())


def run(files, out, workers, formats, every):
    """Read them; returns the texts by file."""
    seen, done, began = [], threading.Event(), time.time()

    def tell(pages, mb, processes):
        seen.append((pages, mb))
        print(f"  page {pages:>5}  {mb:>7.0f} MB in {processes} processes  {time.time() - began:>6.0f} s", flush=True)

    watching = threading.Thread(target=watch, args=(out, every, done, tell))
    watching.start()
    code = read_files([files], out, DocumentReader.from_preset, formats, workers=workers, quiet=True)
    done.set()
    watching.join()
    settled = [mb for pages, mb in seen if pages >= SETTLED] or [0]
    grown = f"from {settled[0]:.0f} MB at page {SETTLED} to at most {max(settled):.0f}, {settled[-1]:.0f} at the end"
    print(f"  exit code {code}, {len(list(out.iterdir()))} files; {grown}", flush=True)
    return {path.name: path.read_bytes() for suffix in ("txt", "tsv") for path in out.glob(f"*.{suffix}")}


def read_text(path):
    """By a reader of the process's own."""
    return DocumentReader.from_preset()(path)[0].text


def try_starts(reader, path):
    """Which ways of starting a process read as this one does."""
    expected = reader(path)[0].text
    for method in multiprocessing.get_all_start_methods():
        with multiprocessing.get_context(method).Pool(1) as pool:
            for name, ask in (("its own reader", lambda pool=pool: pool.apply_async(read_text, (path,))),
                              ("this one", lambda pool=pool: pool.apply_async(reader, (path,)))):  # fmt: skip
                found = ask().get(300)
                same = (found if isinstance(found, str) else found[0].text) == expected
                print(f"  {method}, {name}: {'the same text' if same else 'ANOTHER TEXT'}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--size", type=int, nargs=2, default=(600, 800), metavar=("WIDTH", "HEIGHT"), help="of a page, in pixels")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--formats", default=FORMATS)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder, every = Path(folder), max(args.pages // 10, 1)
        for name in ("files", "one", "several"):
            (folder / name).mkdir()
        write_files(folder / "files", args.pages, args.size, args.seed)
        files = sorted((folder / "files").iterdir())
        print(f"{args.pages} pages of {args.size[0]} × {args.size[1]} px in {len(files)} files; {args.formats}", flush=True)
        print("one process", flush=True)
        one = run(folder / "files", folder / "one", 1, args.formats, every)
        print(f"{args.workers} workers", flush=True)
        several = run(folder / "files", folder / "several", args.workers, args.formats, every)
        print(f"  the same texts: {sum(several.get(name) == text for name, text in one.items())} of {len(one)} files")
        reader = DocumentReader.from_preset()
        whole = [path for path in files if path.with_suffix(".txt").name in one][:THREADED]  # the others are broken
        with ThreadPoolExecutor(4) as threads:
            read = list(threads.map(lambda path: [page.text for page in reader(path)], whole))
        same = sum(texts == [page.text for page in reader(path)] for texts, path in zip(read, whole, strict=True))
        print(f"four threads\n  the same texts: {same} of {len(whole)} files\nother processes")
        try_starts(reader, str(files[0]))


if __name__ == "__main__":
    main()
