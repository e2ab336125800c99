"""Recognisers trained on the same words for the same processor time: `python benchmarks/equal_time.py --out FOLDER …`, see --help.

Words and short lines of at most 8 characters and 128 px, of printable ASCII and the syllables most frequent in the corpus, are what all
four learn from: the recipes attention_ctc, vitstr, parseq and clip4str with the same fonts, texts, alphabet, columns a batch and seed.
How many batches each takes is written here, so that each costs about the same processor time; what it did cost is in the table. The first
batches are clean in all. Runs that FOLDER holds are not made again, so --arms may name one at a time.

Each is then measured on words in the fonts of the training and in --new-fonts, which no training sees: the share read without an error,
and CER; and its time and its reading in float32, bfloat16, and LiteRT in float32 and 8 bits. The shipped preset reads the same words.
"""

import argparse
import json
import resource
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
from recognition import calls_by_precision, compare_calls
from rich.console import Console
from rich.table import Table
from unlabelled import make_run

from ocr_crnn.alphabet import ASCII, HANGUL_SYLLABLES, Alphabet
from ocr_crnn.evaluation.text import measure_cer, measure_exact
from ocr_crnn.ops.lines import stack_lines
from ocr_crnn.recipes.experiment import HELD_OUT_FONTS
from ocr_crnn.recipes.lines import load_before, word_lengths
from ocr_crnn.recognition.codecs import make_codec
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.synthesis import fonts
from ocr_crnn.synthesis.text import corpus
from ocr_crnn.training.rendered import RenderedLines

POSITIONS, WIDTH, SYLLABLES = 8, 128, 300
BATCH = 32  # words a call, where many are read
PATCH = ["--patch", 8, 16]  # as many tokens as the stem of ViTSTR makes
FIXED = ["--width", WIDTH, "--positions", POSITIONS, "--learning-rate", 5e-4]
ARMS = {  # options of the recipe of this name; epochs of 100 batches
    "attention_ctc": (["--short-lines", POSITIONS, WIDTH, "--learning-rate", 1e-3], 24),
    "vitstr": (FIXED, 19),
    "parseq": ([*FIXED, *PATCH], 26),
    "clip4str": ([*FIXED, *PATCH], 27),
}


def make_alphabet(sentences, path):
    """The Alphabet of printable ASCII and the most frequent syllables of the sentences, written to a file."""
    counts = Counter(character for sentence in sentences for character in sentence)
    frequent = sorted(HANGUL_SYLLABLES, key=lambda syllable: -counts[syllable])[:SYLLABLES]
    alphabet = Alphabet(ASCII + "".join(sorted(frequent)))
    alphabet.save(path)
    return alphabet


def train(name, alphabet_file, args):
    """The run folder of an arm, with its processor minutes in processor.json; made where it is not there."""
    options, epochs = ARMS[name]
    command = [name, *options, "--alphabet", alphabet_file, "--fonts", *args.fonts, "--corpus", *args.corpus, "--words", args.words]
    command += ["--columns", 6400, "--precision", "mixed_bfloat16", "--optimizer", "adamw", "--schedule", "cosine", "--warmup-steps", 100]
    command += ["--ema", 0.99, "--seed", 1, "--sampled-classes", 0, "--easy-batches", 160, "--save-every", 5, "--keep-last", 2]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = make_run(args.out, name, [*command, "--epochs", args.epochs or epochs, "--steps-per-epoch", 100])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    minutes = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 60
    if minutes > 1:
        (run / "processor.json").write_text(json.dumps({"minutes": minutes}) + "\n", encoding="utf-8")
    return run


def draw_words(faces, sentences, words, alphabet, fits, count, seed):
    """Lines `[(image uint8 (32, width), text)]` as the trainings draw them, of a seed of their own."""
    codec = make_codec("attention", alphabet)
    lengths = word_lengths(POSITIONS, WIDTH)
    source = RenderedLines(seed, tuple(faces), codec, fits, sentences=tuple(sentences), words=tuple(words), lengths=lengths)
    return [source.draw_line(np.random.default_rng([seed, number])) for number in range(count)]


def room(width):
    """Steps that a word of so many pixels has: those of the networks of fixed length."""
    return (POSITIONS + 1) * (width <= WIDTH)


def rates(texts, truths):
    """`(share read without an error, CER)` of texts."""
    pairs = list(zip(truths, texts, strict=True))
    return measure_exact(pairs), measure_cer(pairs)


def read_by(call, codec, count_frames, lines):
    """Texts of lines by `call(image, width) → logits` of batches of BATCH lines, WIDTH px wide."""
    texts = []
    for first in range(0, len(lines), BATCH):
        images, widths = stack_lines([image for image, _ in lines[first : first + BATCH]], width_step=WIDTH)
        missing = BATCH - len(images)
        images = np.pad(images, [(0, missing), (0, 0), (0, 0), (0, 0)], constant_values=255)
        widths = np.pad(widths, (0, missing), constant_values=WIDTH)
        decoded = codec.decode(call(images, widths), count_frames(widths), "logits")
        texts += [codec.text(line.ids) for line in decoded[: BATCH - missing]]
    return texts


def print_precisions(console, networks, lines):
    """The share of words read, and processor ms a word alone and in batches, by precision. networks: `{name: (network, codec)}`."""
    truths = [text for _, text in lines]
    columns = ("float32", "bfloat16", "LiteRT", "LiteRT int8")
    table = Table("network", *columns, title=f"words read; processor ms a word alone, in batches of {BATCH}")
    for name, (network, codec) in networks.items():
        same = partial(type(network).from_config, network.get_config())
        many = calls_by_precision(network, same, BATCH, WIDTH)
        alone = compare_calls(calls_by_precision(network, same, 1, WIDTH), 1, WIDTH)
        batched = compare_calls(many, BATCH, WIDTH)
        read = {column: rates(read_by(many[column], codec, network.count_frames, lines), truths)[0] for column in columns}
        table.add_row(name, *(f"{read[column]:.1%}; {alone[column]:.1f}, {batched[column]:.1f}" for column in columns))
    console.print(table)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--fonts", nargs="+", required=True, help="of the training")
    parser.add_argument("--new-fonts", nargs="+", required=True, help="of the words that are measured besides")
    parser.add_argument("--corpus", nargs="+", required=True)
    parser.add_argument("--words", required=True, help="a word list, or a hunspell .dic file")
    parser.add_argument("--arms", nargs="*", choices=ARMS, default=list(ARMS))
    parser.add_argument("--epochs", type=int, help="of 100 batches, in place of those written here")
    parser.add_argument("--count", type=int, default=1000, help="words that are measured, of each kind")
    parser.add_argument("--no-table", action="store_true", help="train, and measure nothing")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    sentences, words = corpus.read_corpus(args.corpus), corpus.read_words(args.words)
    alphabet = make_alphabet(sentences, args.out / "alphabet.txt")
    runs = {name: train(name, args.out / "alphabet.txt", args) for name in args.arms}
    if args.no_table:
        return
    known = fonts.load_faces(fonts.find_fonts(args.fonts), exclude=HELD_OUT_FONTS)
    new = fonts.load_faces(fonts.find_fonts(args.new_fonts))
    sets = {
        "known": draw_words(known, sentences, words, alphabet, room, args.count, 101),
        "new": draw_words(new, sentences, words, alphabet, room, args.count, 102),
    }
    console = Console(width=140)
    table = Table("network", "parameters", "batches", "processor min", "words read", "CER", "words in new fonts", "CER", title="float32")
    readers = {"the shipped preset": (TextRecognizer.from_preset(), "", "")}
    networks = {}
    for name, run in runs.items():
        network, known_alphabet = load_before(run)
        codec = make_codec(network.codec, known_alphabet)
        networks[name] = network, codec
        minutes = json.loads((run / "processor.json").read_text(encoding="utf-8"))["minutes"]
        batches = sum(1 for _ in (run / "log.csv").open(encoding="utf-8")) - 1
        readers[name] = TextRecognizer(network, codec), f"{batches:,}", f"{minutes:.0f}"
    for name, (recognizer, *cost) in readers.items():
        found = []
        for lines in sets.values():
            texts = [read.text for read in recognizer([image for image, _ in lines])]
            found += [f"{rate:.1%}" for rate in rates(texts, [text for _, text in lines])]
        table.add_row(name, f"{recognizer.network.count_params():,}", *cost, *found)
    console.print(table)
    print_precisions(console, networks, sets["known"])


if __name__ == "__main__":
    main()
