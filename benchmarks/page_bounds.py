"""Memory and time of pages that are large, or that only say so: `python benchmarks/page_bounds.py [--decode]`.

Each file is made here and read in a process of its own, by the networks that ship (--decode: only turned into page images). Prints its
bytes, the peak of the process and of the processes it starts beyond what the networks take, processor seconds of all, and the end.
"""

import argparse
import os
import re
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from functools import cache
from pathlib import Path

import img2pdf
import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw, ImageFont

A0 = 9_933, 14_043  # pixels at 300 dpi
CLAIMS = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1000000>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj
trailer<</Root 1 0 R>>
"""


def write_png(path, width, height, bits=8, kind=0):
    """White, of any size, made row by row. kind: 0 grey, 2 RGB, 6 RGBA."""
    row = b"\0" + b"\xff" * (-(-width * bits // 8) * {0: 1, 2: 3, 6: 4}[kind])
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    chunks = (b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)), (b"IDAT", data), (b"IEND", b"")
    packed = (struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))


@cache
def draw_a0():
    """100 lines of print in colour, and a photograph's worth of tones."""
    page = Image.new("RGB", A0, (250, 248, 240))
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(60)
    for row in range(100):
        draw.text((300, 200 + 136 * row), "A large sheet, read as it is: 0123456789. " * 6, (20, 20, 90), font)
    return page


def write_forms(path):
    """Forms in forms that draw a million million squares."""
    with pikepdf.new() as document:
        form = {"Type": Name.XObject, "Subtype": Name.Form, "BBox": Array([0, 0, 100, 100])}
        inner = document.make_stream(b"0 0 1 1 re f", **form)
        for _ in range(12):
            inner = document.make_stream(b"/F Do " * 10, **form, Resources=Dictionary(XObject=Dictionary(F=inner)))
        page = document.add_blank_page(page_size=(100, 100))
        page.obj.Resources, page.obj.Contents = Dictionary(XObject=Dictionary(F=inner)), document.make_stream(b"/F Do")
        document.save(path)


def write_blank_pdf(path, side):
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(side, side))
        document.save(path)


def write_broken_tiff(path, count):
    """Pages whose pixels are no pixels."""
    frames = [Image.fromarray(np.full((30, 40), number % 250, np.uint8)) for number in range(count)]
    frames[0].save(path, "TIFF", save_all=True, append_images=frames[1:], compression="tiff_deflate")
    path.write_bytes(re.sub(rb"\x78[\x01\x9c\xda].{6}", bytes(8), path.read_bytes(), flags=re.DOTALL))


def write_sparse(path, size):
    with open(path, "wb") as stream:
        stream.truncate(size)


def write_scan(path):
    with tempfile.TemporaryDirectory() as folder:
        draw_a0().save(f"{folder}/a0.jpg", dpi=(300, 300))
        path.write_bytes(img2pdf.convert(f"{folder}/a0.jpg"))


def write_cases(folder, part):
    """(name, path) of those that have a part in their name."""
    cases = {
        "A0 in colour, JPEG": lambda path: draw_a0().save(path, "JPEG", dpi=(300, 300)),
        "A0 in colour, progressive JPEG 4:4:4": lambda path: draw_a0().save(path, "JPEG", progressive=True, subsampling=0),
        "A0 grey, PNG": lambda path: draw_a0().convert("L").save(path, "PNG"),
        "A0 in colour, TIFF": lambda path: draw_a0().save(path, "TIFF", compression="tiff_lzw"),
        "A0 in colour, PDF of a scan": write_scan,
        "RGBA PNG 11,800²": lambda path: write_png(path, 11_800, 11_800, kind=6),
        "1-bit PNG 20,000²": lambda path: write_png(path, 20_000, 20_000, 1),
        "RGBA PNG 20,000²": lambda path: write_png(path, 20_000, 20_000, kind=6),
        "PNG 32,766 × 1": lambda path: write_png(path, 32_766, 1),
        "PNG 20,000,000 × 1": lambda path: write_png(path, 20_000_000, 1),
        "PNG 1 × 2,000,000": lambda path: write_png(path, 1, 2_000_000),
        "PDF page of 4,799 pt²": lambda path: write_blank_pdf(path, 4799),
        "PDF, forms in forms 10¹²": write_forms,
        "PDF that claims 1,000,000 pages": lambda path: path.write_bytes(CLAIMS),
        "TIFF of 800 broken pages": lambda path: write_broken_tiff(path, 800),
        "sparse x.png of 8 GB": lambda path: write_sparse(path, 2**33),
    }
    for number, (name, write) in enumerate(cases.items()):
        if part not in name:
            continue
        path = folder / f"{number:02}"
        write(path)
        yield name, path


def held_gb(key):
    return int(re.search(rf"{key}:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1e6


def read_one(path, decode):
    """Run in a process of its own: what becomes of a file, as `peak beyond the start, processor seconds, what became of it`."""
    from ocr_crnn.images import UnreadableError, pdf_pages, read_each

    read = lambda pixels: []  # noqa: E731
    if not decode:
        from ocr_crnn.reading.reader import DocumentReader

        read = DocumentReader.from_preset().read_page
        read(np.full((300, 300, 3), 255, np.uint8))
    base, pages, failed, words, last = held_gb("VmRSS"), 0, 0, 0, ""
    Path("/proc/self/clear_refs").write_text("5")
    began = time.process_time()
    try:
        for _, page in read_each(path):
            if isinstance(page, UnreadableError):
                failed, last = failed + 1, str(page)
            else:
                pages, words = pages + 1, words + len(read(page.pixels))
    except UnreadableError as error:
        failed, last = failed + 1, str(error)
    seconds = time.process_time() - began
    pdf_pages._end_all()  # so that what they took is told
    below = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = f"{pages} pages, {words} words" if pages else "refused"
    told += f", {failed} errors, the last: {last.replace(path, '…')[:100]}" if failed else ""
    print(f"{held_gb('VmHWM') - base:.2f} + {below.ru_maxrss / 1e6:.2f} GB  {seconds + below.ru_utime + below.ru_stime:6.1f} s  {told}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decode", action="store_true", help="only turn them into page images")
    parser.add_argument("--only", metavar="TEXT", default="", help="files whose name has this in it")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        read_one(args.one, args.decode)
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, path in write_cases(Path(folder), args.only):
            command = [sys.executable, __file__, "--one", str(path), *(["--decode"] if args.decode else [])]
            done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
            told = done.stdout.strip() or done.stderr.strip().splitlines()[-1]
            print(f"{name:38} {path.stat().st_size:>13,} bytes  {told}", flush=True)


if __name__ == "__main__":
    main()
