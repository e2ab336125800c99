"""How long the labels of AI Hub take, one JSON an image in zips, and what of the memory: beside zipfile and json alone.

    python benchmarks/aihub.py [--labels 20000] [--rows 30]

Labels and names are generated in the shape of 대용량 손글씨 OCR; images are empty, for none is opened.
"""

import argparse
import json
import multiprocessing
import os
import resource
import tempfile
import zipfile
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table
from timing import timed

TEXTS = ("서울시 중구", "계약서", "2021년", "xxx", "제1조 갑은 을에게", "Box")
FOLDER = "HW-OCR/4.Validation/P.Paper/O.Form"


def label(stem, rows):
    boxes = []
    for row in range(rows):
        left, top = 100 + row % 5 * 300, 100 + row // 5 * 60
        text = TEXTS[row % len(TEXTS)]
        boxes.append({"data": text, "id": row + 1, "x": [left, left, left + 250, left + 250], "y": [top, top + 40, top, top + 40]})
    images = {"identifier": stem, "type": "png", "width": 1800, "height": 2500, "pen_type": "볼펜", "pen_color": "검정", "writer_age": 30}
    images |= {"writer_sex": 1, "written_content": "주소", "acquistion_location": 2, "data_captured": "2021-10-01 09:00:00"}
    return {"Annotation": {}, "Dataset": {"category": 3, "name": "look-alike"}, "Images": images, "bbox": boxes}


def write_set(root, labels, rows):
    """A zip of labels and one of images, named as of the set."""
    folder = root / "053.대용량 손글씨 OCR 데이터" / "01.데이터" / "1.Training"
    halves = {"라벨링데이터/TL.zip": ".json", "원천데이터/TS1.zip": ".png"}
    for name, suffix in halves.items():
        (folder / name).parent.mkdir(parents=True)
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(labels):
                stem = f"IMG_OCR_53_4PO_{number:06d}"
                contents = json.dumps(label(stem, rows), ensure_ascii=False) if suffix == ".json" else ""
                archive.writestr(f"{FOLDER}/{stem}{suffix}", contents)
    return folder


def peer(folder):
    """What the zip and JSON alone take: every label is parsed and let go."""
    with zipfile.ZipFile(folder / "라벨링데이터" / "TL.zip") as archive:
        return sum(len(json.loads(archive.read(info))["bbox"]) for info in archive.infolist())


def read(folder):
    from ocr_crnn import read_aihub

    return read_aihub(folder)


def rss_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(way, folder, queue):
    """In a process of its own: seconds, processor seconds, MB more than before at the peak and while the result is held."""
    if way is read:
        import ocr_crnn.data.aihub  # noqa: F401 - its libraries are no part of what is measured
    before = rss_mb()
    found, spent = timed(partial(way, folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    problems = sum(count for kind, count in found.report.counts.items() if kind != "illegible") if way is read else 0
    held = rss_mb() - before
    queue.put((spent.wall, spent.processor, peak - before, held, len(found) if way is read else None, problems))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=20_000)
    parser.add_argument("--rows", type=int, default=30, help="of a label")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    console, load = Console(width=140), os.getloadavg()[0]
    columns = ("way", "seconds", "CPU seconds", "labels/s of CPU", "rows/s of CPU", "MB at the peak", "MB held at the end")
    title = f"{arguments.labels:,} labels of {arguments.rows} rows in a zip, images in another; medians of {arguments.repeat}"
    table = Table(*columns, title=title)
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        folder = write_set(Path(name), arguments.labels, arguments.rows)
        runs = {"zipfile and json.loads": (peer, []), "read_aihub → Pages": (read, [])}
        for _ in range(arguments.repeat):
            for way, found in runs.values():  # by turns
                queue = spawn.Queue()
                process = spawn.Process(target=measure, args=(way, folder, queue))
                process.start()
                found.append(queue.get())
                process.join()
        for title, (_, found) in runs.items():
            wall, processor, peak, held, pages, problems = sorted(found, key=lambda run: run[1])[len(found) // 2]
            rates = f"{arguments.labels / processor:,.0f}", f"{arguments.labels * arguments.rows / processor:,.0f}"
            table.add_row(title, f"{wall:.1f}", f"{processor:.1f}", *rates, f"{peak:.0f}", f"{held:.0f}")
            if pages is not None and (pages != arguments.labels or problems):
                raise SystemExit(f"Every label is a page without findings. Received: {pages:,} pages, {problems:,} findings.")
    console.print(table)
    console.print(f"{os.cpu_count()} cores; other work on the machine at the start: load {load:.1f}")


if __name__ == "__main__":
    main()
