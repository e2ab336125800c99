"""What beams, a language model and the grammar of fields change and cost: `python benchmarks/language_model.py --data FOLDER`.

FOLDER is as for bench_lines.py. Every decoder reads all lines through TextRecognizer, in its batches; milliseconds are processor time, all
threads together, of decoding, and of reading as a whole in lines/s. Searched: the share of lines that a decoder looks at twice.
"""

import argparse
import os
from functools import partial

import numpy as np
from bench_lines import load_recognizer, read_lines
from rich.console import Console
from rich.progress import track
from rich.table import Table
from timing import timed

from ocr_crnn.decoding.beam_search import decode_beams
from ocr_crnn.decoding.grammar import FIELDS, FieldGrammar, accepts
from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.decoding.language_model import LanguageModel
from ocr_crnn.decoding.look_alikes import decode_with_fields
from ocr_crnn.decoding.uncertain import decode_uncertain
from ocr_crnn.evaluation.text import measure_cer, measure_exact, measure_spacing
from ocr_crnn.reading.loading import find_language_model
from ocr_crnn.recognition.recognizer import DEFAULT_PRESET


def decoders(alphabet, model, thresholds, weights):
    """(name, decoder, score below which a character has its line searched) of every row."""
    yield "best path", decode_greedy, 0
    yield "best path, fields", partial(decode_with_fields, alphabet=alphabet), 0
    yield "beams, all lines", decode_beams, None
    yield f"beams, uncertain < {thresholds[0]:g}", partial(decode_uncertain, threshold=thresholds[0]), thresholds[0]
    for weight in weights:
        yield f"model × {weight:g}, all lines", partial(decode_beams, language_model=model, weight=weight), None
    for threshold in thresholds:
        search = partial(decode_uncertain, language_model=model, weight=weights[0], threshold=threshold)
        yield f"model × {weights[0]:g}, uncertain < {threshold:g}", search, threshold
    search = partial(decode_uncertain, language_model=model, weight=weights[0], threshold=thresholds[0])
    yield "the same, fields: --language-model", partial(decode_with_fields, alphabet=alphabet, decode=search), thresholds[0]


def read_all(recognizer, paths, decode):
    """(texts, scores of the least certain characters, processor seconds of decoding and of everything) of another decoder."""
    decoding = 0.0

    def search(logits, frame_counts):
        nonlocal decoding
        lines, spent = timed(lambda: decode(logits, frame_counts))
        decoding += spent.processor
        return lines

    read, whole = timed(lambda: recognizer.with_search(search)(paths))
    return [line.text for line in read], np.array([line.character_scores.min(initial=1) for line in read]), decoding, whole.processor


def compare_known_fields(recognizer, paths, truths, greedy):
    """Print how many lines that are a whole field are read right by the best path and by a search that knows the field."""
    known = [(i, field) for i, truth in enumerate(truths) for field in FIELDS if accepts(field, truth)]
    held = 0
    for i, field in known:
        decode = partial(decode_beams, top_k=30, language_model=FieldGrammar(field, recognizer.alphabet))
        held += recognizer.with_search(decode)([paths[i]])[0].text == truths[i]
    right = sum(greedy[i] == truths[i] for i, _ in known)
    print(f"{len(known)} lines are a whole field: right by the best path {right}, held to it {held}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, metavar="FOLDER")
    parser.add_argument("--model", default="documents_ko", help="preset, or file of `ocr-crnn language-model`")
    parser.add_argument("--run", help="a run folder instead of a preset")
    parser.add_argument("--weights", default="best", help="with --run: best, last, an epoch's number, or a file")
    parser.add_argument("--preset", default=DEFAULT_PRESET)
    parser.add_argument("--every", type=int, default=1, help="read every so many of the lines")
    parser.add_argument("--start", type=int, default=0, help="number of the first one")
    parser.add_argument("--model-weights", type=float, nargs="+", default=[0.2, 0.3], help="the first one with uncertain lines and fields")
    parser.add_argument("--thresholds", type=float, nargs="+", default=[0.7, 0.5, 0.6, 0.9])
    parser.add_argument("--changes", type=int, default=0, help="print so many lines that `--language-model` changes")
    args = parser.parse_args()

    recognizer, lines = load_recognizer(args), read_lines(args.data)[args.start :: args.every]
    paths, truths = [path for path, _, _ in lines], [text for _, text, _ in lines]
    clean = np.array([attributes.get("variant") == "clean" for _, _, attributes in lines])
    model = LanguageModel.load(find_language_model(args.model), recognizer.alphabet)
    read_all(recognizer, paths, decode_greedy)  # the first calls compile
    rows = list(decoders(recognizer.alphabet, model, args.thresholds, args.model_weights))
    read = {name: read_all(recognizer, paths, decode) for name, decode, _ in track(rows, "decoders")}

    size = f"{sum(model.ngram_counts):,} n-grams"
    table = Table(title=f"{len(lines)} lines, {clean.sum()} clean; {size}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    columns = "CER", "CER clean", "spacing F1", "exact", "exact clean", "better", "worse", "searched", "CPU ms", "lines/CPU s"
    for column in ("decoder", *columns):
        table.add_column(column, justify="left" if column == "decoder" else "right")
    greedy, least, _, _ = read["best path"]
    base = [measure_cer([pair]) for pair in zip(truths, greedy, strict=True)]
    for name, _, threshold in rows:
        texts, _, decoding, whole = read[name]
        pairs = list(zip(truths, texts, strict=True))
        of_clean = [pair for pair, there in zip(pairs, clean, strict=True) if there]
        change = np.sign([measure_cer([pair]) - before for pair, before in zip(pairs, base, strict=True)])
        rates = measure_cer(pairs), measure_cer(of_clean), measure_spacing(pairs)[2], measure_exact(pairs), measure_exact(of_clean)
        searched = 1.0 if threshold is None else (least < threshold).mean()
        counts = str((change < 0).sum()), str((change > 0).sum()), f"{searched:.2f}"
        costs = f"{1000 * decoding / len(lines):.1f}", f"{len(lines) / whole:.0f}"
        table.add_row(name, *(f"{rate:.4f}" for rate in rates[:2]), *(f"{rate:.3f}" for rate in rates[2:]), *counts, *costs)
    Console(width=150).print(table)
    print("better, worse: lines with fewer and with more errors than by the best path")
    compare_known_fields(recognizer, paths, truths, greedy)
    changed = [row for row in zip(truths, greedy, read[rows[-1][0]][0], strict=True) if row[1] != row[2]]
    for truth, before, after in changed[: args.changes]:
        print(f"truth     {truth}\n  greedy  {before}\n  model   {after}")


if __name__ == "__main__":
    main()
