"""Whether handwriting trains end to end: look-alikes of two sets of AI Hub, train.py, and the character error rate before and after.

    python benchmarks/handwriting.py --fonts FOLDER [--lines 800] [--steps 100]
    python benchmarks/handwriting.py --fonts FOLDER --recipe crnn --characters 0123456789 --max-length 5 --lines 1600 --steps 600

FOLDER holds faces that look written, such as Nanum Pen, Nanum Brush, Gaegu and Poor Story. Their lines are bent and slanted at random, as
by a hand. Half of them stand on forms in the shape of 대용량 손글씨 OCR (605), in zips; the others are lines in the shape of 한국어 글자체
이미지 (81), handwriting. What is measured are other lines, of the validation split and of files of their own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
PAGE = (1200, 1400)  # height, width
LINES_OF_PAGE = 8
FIXED = ["--patience", "0", "--save-every", "0", "--keep-last", "1", "--epochs", "2", "--clipnorm", "1"]
RECIPES = {
    "attention_ctc": ["--weights", "attention_ctc_ko", "--data-share", "1", "--optimizer", "adamw", "--learning-rate", "3e-4"]
    + ["--schedule", "cosine", "--columns", "4000", "--fonts", str(ROOT / "fonts")],
    "crnn": ["--optimizer", "adam", "--learning-rate", "1e-3", "--batch-size", "16"],
}


def write_by_hand(rng, image):
    """A line of a face that looks written: slanted, and bent by a smooth random field."""
    height, width = image.shape
    coarse = rng.normal(0, 1, (2, 3, max(3, width // height))).astype(np.float32)
    shift_x, shift_y = (cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC) * 0.05 * height for field in coarse)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    slant = rng.uniform(-0.15, 0.25)
    paper = int(np.median(image))
    return cv2.remap(image, x + shift_x + slant * (y - height / 2), y + shift_y, cv2.INTER_LINEAR, borderValue=paper)


def draw_of(rng, characters, max_length):
    return "".join(rng.choice(list(characters), rng.integers(1, max_length + 1)))


def draw_lines(fonts, count, seed, max_length, characters=None):
    """`[(image uint8 (height, width), text)]`. characters: texts of these at random, else of documents."""
    from ocr_crnn.synthesis.fonts import find_fonts, load_faces
    from ocr_crnn.synthesis.line.rendering import draw_numbered_line, render_line
    from ocr_crnn.synthesis.text.corpus import draw_text

    faces = load_faces(find_fonts([fonts]))
    draw, lines = partial(draw_text, max_length=max_length), []
    if characters:
        draw = partial(draw_of, characters=characters, max_length=max_length)
    for number in range(count):
        parameters = draw_numbered_line(seed, number, faces, draw, dpi=200)
        image = write_by_hand(np.random.default_rng([seed, number, 1]), render_line(parameters))
        lines.append((image[:, : PAGE[1] - 100], parameters.text) if image.shape[1] < PAGE[1] - 100 else None)
    return [line for line in lines if line is not None]


def png(image):
    return cv2.imencode(".png", image)[1].tobytes()


def write_forms(root, lines, split):
    """Forms of 대용량 손글씨: labels in one zip, images in another; a tenth of the texts cannot be read."""
    folder = root / "053.대용량 손글씨 OCR 데이터" / "01.데이터" / ("1.Training" if split == "T" else "2.Validation")
    halves = {"labels": folder / "라벨링데이터" / f"{split}L.zip", "images": folder / "원천데이터" / f"{split}S1.zip"}
    for path in halves.values():
        path.parent.mkdir(parents=True)
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(halves["labels"], "w") as labels, zipfile.ZipFile(halves["images"], "w") as images:
        for start in range(0, len(lines), LINES_OF_PAGE):
            stem, page, boxes = f"IMG_OCR_53_4PO_{split}{start:05d}", np.full(PAGE, 245, np.uint8), []
            for row, (image, text) in enumerate(lines[start : start + LINES_OF_PAGE]):
                image = image[:140]
                top, left = 20 + row * 145, int(rng.integers(10, 80))
                bottom, right = top + image.shape[0], left + image.shape[1]
                page[top:bottom, left:right] = image
                x, y = [left, left, right, right], [top, bottom, top, bottom]
                boxes.append({"data": text if rng.random() > 0.1 else "xxx", "id": row + 1, "x": x, "y": y})
            about = {"identifier": stem, "type": "png", "width": PAGE[1], "height": PAGE[0], "pen_type": "볼펜", "acquistion_location": 1}
            document = {"Annotation": {}, "Dataset": {"category": 1}, "Images": about, "bbox": boxes}
            labels.writestr(f"HW-OCR/P.Paper/{stem}.json", json.dumps(document, ensure_ascii=False))
            images.writestr(f"HW-OCR/P.Paper/{stem}.png", png(page))


def write_lines(root, lines):
    """The handwriting of 한국어 글자체 이미지: one JSON, images in a zip."""
    folder = root / "13.한국어글자체" / "01.손글씨"
    folder.mkdir(parents=True)
    images, annotations = [], []
    with zipfile.ZipFile(folder / "01_handwriting_sentence_images.zip", "w") as archive:
        for number, (image, text) in enumerate(lines):
            name, (height, width) = f"{number:08d}", image.shape
            archive.writestr(f"1_sentence/{name}.png", png(image))
            images.append({"id": name, "width": width, "height": height, "file_name": f"{name}.png"})
            attributes = {"type": "문장", "gender": "여", "age": "28", "job": "직장인"}
            annotations.append({"id": name, "image_id": name, "text": text, "attributes": attributes})
    document = {"info": {}, "images": images, "annotations": annotations[::-1], "licenses": []}
    (folder / "handwriting_data_info_clean.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def run(*arguments):
    """The output of a command of this tree."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, *map(str, arguments)], cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"A command ends with 0. Received: {done.returncode} of {arguments}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def error_rate(network, data):
    """Of a preset or run on data, as `ocr-crnn evaluate` has it."""
    with tempfile.TemporaryDirectory() as out:
        run("-m", "ocr_crnn", "evaluate", network, "--data", data, "--out", out)
        return json.loads((Path(out) / "report.json").read_text(encoding="utf-8"))["measures"]["cer"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=800)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--max-length", type=int, default=30)
    parser.add_argument("--characters", help="texts are drawn of these, for a CRNN, which begins anew; more takes it thousands of steps")
    parser.add_argument("--recipe", choices=RECIPES, default="attention_ctc")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        learnt = draw_lines(arguments.fonts, arguments.lines, 0, arguments.max_length, arguments.characters)
        kept = draw_lines(arguments.fonts, arguments.lines // 4, 1, arguments.max_length, arguments.characters)
        write_forms(root / "learnt", learnt[::2], "T")
        write_lines(root / "learnt", learnt[1::2])
        write_forms(root / "forms", kept[::2], "V")
        write_lines(root / "lines", kept[1::2])
        options = ["--steps-per-epoch", arguments.steps // 2, "--checkpoints", root, "--experiment", "hand", *FIXED]
        output = run("train.py", arguments.recipe, "--data", root / "learnt", *options, *RECIPES[arguments.recipe])
        trained = next(root.glob("*_hand"))
        table = Table("lines", "CER before", "CER after", title=f"{arguments.recipe}: {len(learnt)} lines, {arguments.steps} steps")
        for title, data in (("of forms, 605", root / "forms"), ("of 81, handwriting", root / "lines")):
            before = "" if arguments.recipe == "crnn" else f"{error_rate('attention_ctc_ko', data):.2%}"
            table.add_row(title, before, f"{error_rate(trained, data):.2%}")
        console = Console(width=120)
        console.print(*[line for line in output.splitlines() if "CER" in line or "lines of --data" in line], sep="\n")
        console.print(table)


if __name__ == "__main__":
    main()
