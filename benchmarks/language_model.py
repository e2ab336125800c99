"""What beams, a language model and the grammar of fields change: `python benchmarks/language_model.py --data FOLDER --model FILE`.

FOLDER is as for bench_lines.py; FILE is from `ocr-crnn language-model`. The network sees each line once, so the decoders get the
same logits, eight lines of like width at a time. Milliseconds are processor time of decoding alone, all threads together.
"""

import argparse
import os
import time
from functools import partial

import numpy as np
from bench_lines import load_recognizer, read_lines
from rich.console import Console
from rich.progress import track
from rich.table import Table

from ocr_crnn.decoding.beam_search import decode_beams
from ocr_crnn.decoding.grammar import FIELDS, FieldGrammar, accepts
from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.decoding.language_model import LanguageModel
from ocr_crnn.decoding.look_alikes import decode_with_fields
from ocr_crnn.evaluation.text import measure_cer, measure_exact, measure_spacing
from ocr_crnn.recognition.recognizer import DEFAULT_PRESET

LINES_AT_ONCE = 8


def compute_logits(recognizer, paths):
    """Float16 `(frames, classes)` of every line."""
    logits = []

    def keep(batch, frame_counts):
        logits.append(np.asarray(batch)[0, : frame_counts[0]].astype(np.float16))
        return decode_greedy(batch, frame_counts)

    recognizer.decode = keep
    for path in track(paths, "network"):
        recognizer([path])
    return logits


def in_batches(logits):
    """Yield `(indices, (lines, time, classes), frame_counts)`, the shortest lines first."""
    order = sorted(range(len(logits)), key=lambda i: len(logits[i]))
    for start in range(0, len(order), LINES_AT_ONCE):
        indices = order[start : start + LINES_AT_ONCE]
        counts = np.array([len(logits[i]) for i in indices])
        batch = np.zeros((len(indices), counts.max(), logits[0].shape[1]), np.float32)
        for row, i in enumerate(indices):
            batch[row, : counts[row]] = logits[i]
        yield indices, batch, counts


def decoders(alphabet, model, weights, bonuses):
    """Name → decoder."""
    yield "best path", decode_greedy
    yield "best path, fields", partial(decode_with_fields, alphabet=alphabet)
    yield "10 beams", decode_beams
    for weight in weights:
        for bonus in bonuses:
            name = f"10 beams, model × {weight:g}" + (f", bonus {bonus:g}" if bonus else "")
            yield name, partial(decode_beams, language_model=model, weight=weight, insertion_bonus=bonus)
    fused = partial(decode_beams, language_model=model, weight=weights[0])
    yield f"10 beams, model × {weights[0]:g}, fields", partial(decode_with_fields, alphabet=alphabet, decode=fused)


def read_all(logits, alphabet, named):
    """({name: texts}, {name: CPU seconds})"""
    texts, seconds = {name: [""] * len(logits) for name in named}, dict.fromkeys(named, 0.0)
    for indices, batch, counts in track(in_batches(logits), "decoders", total=-(-len(logits) // LINES_AT_ONCE)):
        for name, decode in named.items():
            start = time.process_time()
            decoded = decode(batch, counts)
            seconds[name] += time.process_time() - start
            for i, line in zip(indices, decoded, strict=True):
                texts[name][i] = alphabet.decode(line.ids)
    return texts, seconds


def compare_known_fields(truths, greedy, logits, alphabet):
    """Print how many lines that are a whole field are read right by the best path and by a search that knows the field."""
    known = [(i, field) for i, truth in enumerate(truths) for field in FIELDS if accepts(field, truth)]
    read = [
        decode_beams(logits[i][None].astype(np.float32), top_k=30, language_model=FieldGrammar(field, alphabet))[0].ids
        for i, field in known
    ]
    held = sum(alphabet.decode(ids) == truths[i] for ids, (i, _) in zip(read, known, strict=True))
    print(
        f"{len(known)} lines are a whole field: right by the best path {sum(greedy[i] == truths[i] for i, _ in known)}, held to it {held}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, metavar="FOLDER")
    parser.add_argument("--model", required=True, metavar="FILE")
    parser.add_argument("--run", help="a run folder instead of a preset")
    parser.add_argument("--weights", default="best", help="with --run: best, last, an epoch's number, or a file")
    parser.add_argument("--preset", default=DEFAULT_PRESET)
    parser.add_argument("--every", type=int, default=3, help="read every so many of the lines")
    parser.add_argument("--start", type=int, default=0, help="number of the first one")
    parser.add_argument("--model-weights", type=float, nargs="+", default=[0.2, 0.1, 0.3], help="the first one with fields too")
    parser.add_argument("--bonuses", type=float, nargs="+", default=[0.0], help="for each character")
    parser.add_argument("--changes", type=int, default=0, help="print so many lines that the first model weight changes")
    args = parser.parse_args()

    recognizer, lines = load_recognizer(args), read_lines(args.data)[args.start :: args.every]
    alphabet = recognizer.alphabet
    model = LanguageModel.load(args.model, alphabet)
    truths = [text for _, text, _ in lines]
    clean = np.array([attributes.get("variant") == "clean" for _, _, attributes in lines])
    named = dict(decoders(alphabet, model, args.model_weights, args.bonuses))
    logits = compute_logits(recognizer, [path for path, _, _ in lines])
    texts, seconds = read_all(logits, alphabet, named)

    load = os.getloadavg()[0]
    title = f"{len(lines)} lines, {clean.sum()} clean; {sum(model.ngram_counts):,} n-grams; {os.cpu_count()} cores, load {load:.1f}"
    table = Table(title=title)
    for column in ("decoder", "CER", "CER clean", "spacing F1", "exact", "better", "worse", "CPU ms a line"):
        table.add_column(column, justify="left" if column == "decoder" else "right")
    base = [measure_cer([pair]) for pair in zip(truths, texts["best path"], strict=True)]
    for name in named:
        pairs = list(zip(truths, texts[name], strict=True))
        change = np.sign([measure_cer([pair]) - before for pair, before in zip(pairs, base, strict=True)])
        cers = [f"{measure_cer(part):.4f}" for part in (pairs, [pair for pair, there in zip(pairs, clean, strict=True) if there])]
        rates = f"{measure_spacing(pairs)[2]:.3f}", f"{measure_exact(pairs):.3f}", str((change < 0).sum()), str((change > 0).sum())
        table.add_row(name, *cers, *rates, f"{1000 * seconds[name] / len(lines):.1f}")
    Console(width=130).print(table)
    print("better, worse: lines with fewer and with more errors than by the best path")
    compare_known_fields(truths, texts["best path"], logits, alphabet)
    compared = texts[f"10 beams, model × {args.model_weights[0]:g}"] if args.changes else []
    changed = [row for row in zip(truths, texts["best path"], compared, strict=False) if row[1] != row[2]]
    for truth, greedy, fused in changed[: args.changes]:
        print(f"truth     {truth}\n  greedy  {greedy}\n  model   {fused}")


if __name__ == "__main__":
    main()
