"""How long reading and feeding take: JSON of the size of the AI Hub set, samples a second, and how long a training step waits.

    python benchmarks/input_pipeline.py [--lines 600] [--steps 8]

Everything is generated: records and images in the shape and the sizes of 한국어 글자체 이미지, strokes drawn at random.
"""

import argparse
import io
import json
import os
import resource
import statistics
import tempfile
import zipfile
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table
from timing import timed

SYLLABLES, WORDS, SENTENCES = 558_600, 277_150, 42_350  # of the printed part
TYPES = {"글자(음절)": SYLLABLES, "단어(어절)": WORDS, "문장": SENTENCES}
TEXT = "제1조 본 계약은 갑과 을이 서명 날인한 날부터 효력을 가진다"


def write_records(path, counts):
    """printed_data_info.json with so many records of each type, written piece by piece."""
    with open(path, "w", encoding="utf-8") as file:
        for name, record in (("images", image_record), ("annotations", annotation_record)):
            file.write("{" + f'"info": {{}}, "{name}": [' if name == "images" else f'], "{name}": [')
            types = (type_name for type_name, count in counts.items() for _ in range(count))
            file.writelines(("," if number else "") + record(number, type_name) for number, type_name in enumerate(types))
        file.write('], "licenses": []}')


def image_record(number, type_name):
    width = {"글자(음절)": 98, "단어(어절)": 320, "문장": 1200}[type_name]
    return json.dumps(
        {"id": f"{number:08d}", "width": width, "height": 124, "file_name": f"{number:08d}.png", "date_captured": "2019-10-01 09:00:00"}
    )


def annotation_record(number, type_name):
    text = {"글자(음절)": "가", "단어(어절)": "계약서", "문장": TEXT}[type_name]
    attributes = {"font": "나눔바른고딕", "type": type_name, "is_aug": False}
    record = {"id": f"{number:08d}", "image_id": f"{number:08d}", "text": text, "attributes": attributes}
    return json.dumps(record, ensure_ascii=False)


def measure_reading(folder):
    """Seconds of reading the sentences, alone and out of all printed records; images lie in a zip."""
    from ocr_crnn import read_aihub_font_images

    columns = ("records in the JSON", "JSON MB", "pages", "seconds", "CPU seconds", "peak MB of the process")
    table = Table(*columns, title="Reading the sentences")
    for counts in ({"문장": SENTENCES}, TYPES):
        part = folder / f"02.인쇄체_{len(counts)}"
        part.mkdir()
        write_records(part / "printed_data_info.json", counts)
        first = sum(counts.values()) - SENTENCES
        with zipfile.ZipFile(part / "03_printed_sentence_images.zip", "w") as archive:
            for number in range(first, first + SENTENCES):
                archive.writestr(f"sentence/{number:08d}.png", b"")
        gt, spent = timed(partial(read_aihub_font_images, part, kind="sentence"))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        megabytes = (part / "printed_data_info.json").stat().st_size / 1e6
        sizes = f"{sum(counts.values()):,}", f"{megabytes:.0f}", f"{len(gt):,}"
        table.add_row(*sizes, f"{spent.wall:.1f}", f"{spent.processor:.1f}", f"{peak:.0f}")
    return table


def draw_line(rng, width, height):
    """White paper with strokes of a text line, as an encoded PNG."""
    image = np.full((height, width), 245, np.uint8)
    for _ in range(width * 3 // height):
        x, y = rng.integers(0, width - 8), rng.integers(height // 5, height * 4 // 5)
        across, down = rng.integers(2, height // 2, 2)
        image[y : y + max(2, height // 20), x : x + across] = image[y : y + down, x : x + max(2, height // 20)] = rng.integers(10, 60)
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def make_lines(folder, count, width, height, rng):
    """A GTUtility of drawn lines, between 60 % and 100 % of the width long."""
    from ocr_crnn import GTUtility, Page
    from ocr_crnn.geometry import boxes_to_quads

    folder.mkdir()
    pages = []
    for number in range(count):
        line_width = int(rng.integers(width * 6 // 10, width + 1))
        path = folder / f"{number:08d}.png"
        path.write_bytes(draw_line(rng, line_width, height))
        pages.append(Page(str(path), (height, line_width), boxes_to_quads([(0, 0, line_width, height)]), [TEXT[: line_width // height]]))
    return GTUtility(pages)


def measure_epoch(dataset):
    """(lines a second, processor milliseconds a line) of one epoch."""
    count, spent = timed(lambda: sum(len(batch["widths"]) for batch in dataset.as_numpy_iterator()))
    return count / spent.wall, spent.processor / count * 1e3


def measure_pipeline(folder, count, rng):
    """Samples a second of `.dataset()`: decoding, from the caches, and with augmentation."""
    from ocr_crnn import Alphabet, InputGenerator
    from ocr_crnn.data.augmentation import augment_line

    table = Table("image px", "epoch", "lines/s", "processor ms a line", title="InputGenerator.dataset(), batches of 32, height 32")
    for name, width, height in (("printed", 1200, 64), ("handwriting", 3740, 176)):
        gt = make_lines(folder / name, count, width, height, rng)
        alphabet = Alphabet.korean()
        options = {"memory": {}, "disk": {"cache": folder / f"{name}_cache"}, "memory, augmented": {"augment": augment_line}}
        for cache, arguments in options.items():
            generator = InputGenerator(gt, 32, alphabet, (None, 32), **arguments)
            first, *cached = [measure_epoch(generator.dataset(form=None)) for _ in range(4)]
            if "augment" not in arguments:
                table.add_row(f"{width} × {height}", f"first, decoding; cache: {cache}", f"{first[0]:,.0f}", f"{first[1]:.2f}")
            speed, cost = np.median(cached, axis=0)
            table.add_row(f"{width} × {height}", f"cached: {cache}", f"{speed:,.0f}", f"{cost:.2f}")
    return table


def measure_waiting(gt, steps):
    """How long a step of the CRNN waits for its batch."""
    from ocr_crnn import CRNN, Alphabet, InputGenerator
    from ocr_crnn.data.augmentation import augment_line
    from ocr_crnn.recognition.crnn import prediction_is_loss

    alphabet = Alphabet.korean()
    model, _ = CRNN((256, 32, 1), len(alphabet))
    model.compile("sgd", prediction_is_loss)
    title = f"A training step of the CRNN, 8 lines of 256 px, {len(alphabet):,} classes"
    table = Table("data", "step s", "waiting s", "waiting share", title=title)
    for name, arguments in {"decoding": {"cache": None}, "cached": {}, "cached, augmented": {"augment": augment_line}}.items():
        generator = InputGenerator(gt, 8, alphabet, (256, 32), **arguments)
        batches = iter(generator.dataset(endless=True))
        waits, times = [], []
        for step in range(steps + 2):
            batch, waited = timed(partial(next, batches))
            _, trained = timed(partial(model.train_on_batch, *batch))
            if step >= 2:  # the first two build the graph and fill the pipeline
                waits.append(waited.wall)
                times.append(waited.wall + trained.wall)
        table.add_row(name, f"{statistics.median(times):.2f}", f"{statistics.median(waits):.4f}", f"{sum(waits) / sum(times):.2%}")
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=600)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--only", choices=("reading", "pipeline", "waiting"), help="one of the three tables")
    arguments = parser.parse_args()
    console = Console(width=120)
    load = os.getloadavg()[0]
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.only in (None, "reading"):
            console.print(measure_reading(folder))
        if arguments.only in (None, "pipeline"):
            console.print(measure_pipeline(folder, arguments.lines, rng))
        if arguments.only in (None, "waiting"):
            console.print(measure_waiting(make_lines(folder / "lines", arguments.lines, 1200, 64, rng), arguments.steps))
    console.print(f"{os.cpu_count()} cores; other work on the machine at the start: load {load:.1f}")


if __name__ == "__main__":
    main()
