"""Reading whole pages: accuracy by slice and seconds a page, beside Tesseract 5 (`kor+eng`) in the same run on the same machine.

    python benchmarks/reading.py --bench FOLDER [--subset clean] [--limit N] [--no-tesseract] [--keras]

FOLDER is a bench: `gt/*.json`, the images it names, `score.py`, and `adapters/tesseract.py`, which needs Tesseract installed.
Times are wall seconds a page, one page at a time; models are loaded and warm before the first is counted.
"""

import argparse
import importlib.util
import json
import os
import resource
import statistics
import sys
from pathlib import Path

import numpy as np
from timing import timed

COLUMNS = [
    "cer", "line_cer", "bow_f1", "line_exact", "det_word.f", "det_line.p", "det_line.r", "det_line.f", "e2e_word",
]  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--subset", help="clean, degraded, degraded/fax, real_photo, … or the id of a page")
    parser.add_argument("--limit", type=int, help="that many pages, evenly spread")
    parser.add_argument("--tesseract", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--keras", action="store_true", help="the same reader with the Keras engine besides: floats instead of 8 bits")
    parser.add_argument("--detector", help="preset or folder; the shipped one by default")
    parser.add_argument("--recognizer", help="preset or folder; the shipped one by default")
    parser.add_argument("--doubted", type=float, help="lines with a character that scores less are read again; 0 reads all once")
    parser.add_argument("--out", type=Path, help="folder for the predictions and scores as JSON")
    args = parser.parse_args()
    sys.path.insert(0, str(args.bench))
    score = load(args.bench / "score.py")
    truth = {name: page for name, page in score.load_gt(str(args.bench / "gt")).items() if wanted(score, page, args.subset)}
    if args.limit:
        truth = dict(list(truth.items())[:: max(1, len(truth) // args.limit)][: args.limit])
    systems = {"ocr_crnn": read_with_ocr_crnn(args)}
    if args.keras:
        systems["ocr_crnn, Keras engine"] = read_with_ocr_crnn(args, "keras")
    if args.tesseract:
        systems["tesseract"] = read_with_tesseract(args.bench)
    print(f"{len(truth)} pages, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for name, read in systems.items():
        predictions, seconds = run(read, args.bench, truth)
        result = score.score_pages(predictions, truth)
        median, mean = statistics.median(seconds), statistics.mean(seconds)
        print(f"\n## {name}: {median:.2f} s a page (median), {mean:.2f} s (mean), peak {peak_mb()} MB\n")
        print(score.table(result, COLUMNS))
        if args.out:
            args.out.mkdir(parents=True, exist_ok=True)
            (args.out / f"{name}.pred.json").write_text(json.dumps({"pages": predictions}, ensure_ascii=False), encoding="utf-8")
            (args.out / f"{name}.json").write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def wanted(score, page, subset):
    return subset is None or subset == page["id"] or subset in score.subsets(page)


def read_with_ocr_crnn(args, engine=None):
    from ocr_crnn.granularity import enclosing_quad
    from ocr_crnn.reading.reader import DocumentReader

    reader = DocumentReader.from_preset(args.detector, args.recognizer, engine=engine)
    if args.doubted is not None:
        reader.spotter.settings = reader.spotter.settings._replace(doubted=args.doubted)

    def read(path, dpi):
        (page,) = reader(path)
        lines, words = [], []
        for block in page.block_lines():
            for rows in parted(page, block):
                text = " ".join(page.texts[rows])
                lines.append({"text": text, "polygon": enclosing_quad(page.quads[rows]).tolist()})
                words += [{"text": page.texts[row], "polygon": page.quads[row].tolist()} for row in rows]
        return {"text": page.text, "lines": lines, "words": words}

    return read


def parted(page, lines, gap_em=2.2):
    """Rows of lines, cut where a segment ends, as lines of the truth do: a label and its value share a line of a Page."""
    for rows in lines:
        before, after = page.quads[rows[:-1]], page.quads[rows[1:]]
        gaps = np.linalg.norm((after[:, 0] + after[:, 3] - before[:, 1] - before[:, 2]) / 2, axis=1)
        heights = np.linalg.norm(page.quads[rows][:, 3] - page.quads[rows][:, 0], axis=1)
        yield from np.split(rows, np.flatnonzero(gaps > gap_em * np.median(heights)) + 1)


def read_with_tesseract(bench):
    adapter = load(bench / "adapters" / "tesseract.py")
    adapter.setup(psm="4", lang="kor+eng", prep="full")  # its best setting: flattened background, 300 dpi, deskewed
    return lambda path, dpi: adapter.predict(path, "page", dpi)


def run(read, bench, truth):
    """Predictions by page, and the seconds of each; the first page is read once before."""
    predictions, seconds = {}, []
    for number, (name, page) in enumerate(truth.items()):
        path = str(bench / page["image"])
        if number == 0:
            read(path, page["dpi"])
        predictions[name], spent = timed(lambda path=path, page=page: read(path, page["dpi"]))
        seconds.append(spent.wall)
        print(f"{number + 1}/{len(truth)} {name} {seconds[-1]:.2f} s", file=sys.stderr)
    return predictions, seconds


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
