"""Word accuracy as scene text recognition tells it: by character set, over the sets of the field, beside PARSeq's and CLIP4STR's figures.

A protocol compares labels and readings in 36 characters (digits and small letters), 62 (capitals too) or 94 (and the punctuation marks of
ASCII), as the published code of PARSeq does (Bautista and Atienza, 2022, arXiv 2207.06966, github.com/baudm/parseq):

    a label   loses its white space, is decomposed (NFKD) and loses what is not ASCII; of more than 25 characters it is left out;
              in 36 it is put in small letters; what the set lacks is dropped; of no character left it is left out
    a reading in 36 is put in small letters; what the set lacks is dropped
    a word    is right if both are equal

For Korean these protocols mean nothing: `evaluate_lines` compares whole lines in NFC.
"""

import re
import string
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice

from rapidfuzz.distance import Levenshtein

from ocr_crnn.evaluation.lines import evaluate_lines, read_batch
from ocr_crnn.evaluation.text import measure_by

LOWER = string.digits + string.ascii_lowercase
PROTOCOLS = {"36": LOWER, "62": LOWER + string.ascii_uppercase, "94": LOWER + string.ascii_uppercase + string.punctuation}
LONGEST_LABEL = 25
BATCH = 64


@dataclass(frozen=True)
class Benchmark:
    """A set of the field. words: as it is published. folders: what its folder is called, in small letters and digits alone.

    parseq, clip4str: shares of words right in 36 characters, None where no source could be checked. PARSeq_A trained on real data: the
    read-me of its code, for ArT and COCO the paper as Papers with Code lists it. CLIP4STR-B (ViT-B/16 of CLIP) trained on the same 3.3
    million real words: the read-me of github.com/VamosC/CLIP4STR.
    """

    name: str
    words: int
    folders: tuple
    parseq: float | None = None
    clip4str: float | None = None


BENCHMARKS = (
    Benchmark("IIIT5k", 3000, ("iiit5k", "iiit5k3000"), 0.9900, 0.9920),
    Benchmark("SVT", 647, ("svt", "svt647"), 0.9784, 0.9830),
    Benchmark("IC13_857", 857, ("ic13857",)),
    Benchmark("IC13_1015", 1015, ("ic131015",), 0.9813, 0.9823),
    Benchmark("IC15_1811", 1811, ("ic151811",), None, 0.9144),
    Benchmark("IC15_2077", 2077, ("ic152077",), 0.8922, 0.9061),
    Benchmark("SVTP", 645, ("svtp", "svtp645"), 0.9690, 0.9690),
    Benchmark("CUTE80", 288, ("cute80", "cute80288", "cute", "cute288"), 0.9861, 0.9965),
    Benchmark("HOST", 2416, ("host",), None, 0.7736),
    Benchmark("WOST", 2416, ("wost",), None, 0.8787),
    Benchmark("COCOv1.4", 9825, ("cocov14", "cocotext", "coco"), 0.798, 0.8080),
    Benchmark("ArT", 35149, ("art",), 0.845, 0.8574),
    Benchmark("Uber", 80551, ("uber", "ubertext"), None, 0.8670),
)
_SIX = ("IIIT5k", "SVT", "IC13_1015", "IC15_2077", "SVTP", "CUTE80")
GROUPS = {
    "six sets, in full": _SIX,
    "six sets, IC13 and IC15 cut": ("IIIT5k", "SVT", "IC13_857", "IC15_1811", "SVTP", "CUTE80"),
    "occluded": ("HOST", "WOST"),
    "new": ("ArT", "COCOv1.4", "Uber"),
}
PARTS = {"IC13_857": "IC13_1015", "IC15_1811": "IC15_2077"}  # sets whose words are those of another one

DEFINITIONS = {
    "sets": "number of sets, by their folders",
    "words": "number of words compared",
    "accuracy": "share of words read without any error; over several sets every word counts the same",
    "mean_of_sets": "mean of the accuracies of the sets, in which every set counts the same",
    "one_minus_ned": "mean over words of 1 − edit distance ÷ length of the longer string",
    "too_long": f"labels of more than {LONGEST_LABEL} characters; left out",
    "nothing_left": "labels without any character of the protocol; left out",
    "shortened": "words compared whose label lost characters that the protocol lacks",
    "parseq": "accuracy of PARSeq_A trained on real data, as published",
    "clip4str": "accuracy of CLIP4STR-B trained on the same, as published",
}
COUNTS = ("words", "accuracy", "mean_of_sets", "one_minus_ned", "too_long", "nothing_left", "shortened")
NAMELESS = "(no set)"


def find_benchmark(folder):
    """The Benchmark of a folder by its name, None for another. The numbers of IC13 and IC15 tell which it is; without one it is neither."""
    name = re.sub(r"[^a-z0-9]", "", str(folder).replace("\\", "/").rpartition("/")[2].lower())
    return next((benchmark for benchmark in BENCHMARKS if name in benchmark.folders), None)


def fold_label(label, protocol):
    """`(what is compared or None, why None)` of a label. "Café №1" in 36: "cafeno1"."""
    ascii_only = unicodedata.normalize("NFKD", "".join(label.split())).encode("ascii", "ignore").decode()
    if len(ascii_only) > LONGEST_LABEL:
        return None, "too_long"
    folded = fold_reading(ascii_only, protocol)
    return (folded, None) if folded else (None, "nothing_left")


def fold_reading(reading, protocol):
    """What of a reading is compared. "Café" in 36: "caf", for readings are not decomposed."""
    characters = PROTOCOLS[protocol]
    reading = (reading or "").lower() if characters == characters.lower() else reading or ""
    return "".join(character for character in reading if character in characters)


def evaluate_words(predict, samples, protocol, title="Words", **options):
    """Read the samples and measure the words right by a protocol → Report.

    predict, samples, options: as of `evaluate_lines`; the attribute `set` of a sample is the folder of its set. protocol: of PROTOCOLS.
    Raises ValueError where no label has a character of the protocol.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f"A protocol is one of {', '.join(PROTOCOLS)}. Received: {protocol!r}.")
    left_out = {"too_long": Counter(), "nothing_left": Counter()}

    def folded():
        for image, truth, known in samples:
            name = _set_of(known)
            word, why = (None, None) if truth is None else fold_label(truth, protocol)
            if why:
                left_out[why][name] += 1
                continue
            lost = word is not None and len(word) < len("".join(truth.split()))
            yield image, word, {**(known or {}), "set": name, "label": truth, "shortened": lost}

    def read(images):
        return [fold_reading(text, protocol) for text in predict(images)]

    report = evaluate_lines(read, folded(), title=f"{title} · {protocol} characters", **options)
    rows = report.rows
    if not rows:
        counts = "; ".join([*(f"{counter.total():,} {why.replace('_', ' ')}" for why, counter in left_out.items()), *report.notes])
        raise ValueError(
            f"Words are compared in {protocol} characters, {PROTOCOLS[protocol]}. Received: no word with one that can be read ({counts})."
            " Korean is measured without --protocol."
        )
    measured = measure_by(rows, [row["set"] for row in rows], _measure)
    for name, measures in measured.items():
        measures |= {why: counter[name] for why, counter in left_out.items()} | _published([name], protocol)
    together = {label: _together(members, measured, protocol) for label, members in GROUPS.items() if set(members) <= set(measured)}
    whole = [name for name in measured if PARTS.get(name) not in measured]
    overall = {"sets": len(whole)} | _together(whole, measured, protocol)
    for why, counter in left_out.items():  # of sets none of whose words were compared, too
        overall[why] += sum(count for name, count in counter.items() if name not in measured)
    shown = [name for name in COUNTS if together or name != "mean_of_sets"]
    known = [name for name in ("parseq", "clip4str") if any(measures[name] is not None for measures in measured.values())]
    slices = {"set": measured} | ({"sets together": together} if together else {})
    notes = [*report.notes, *_notes(measured, whole, left_out, protocol)]
    overall = {name: overall[name] for name in DEFINITIONS if overall[name] is not None}
    return replace(report, measures=overall, definitions=DEFINITIONS, headline=(*shown, *known), slices=slices, notes=notes)


def evaluate_by_all_protocols(predict, samples, title="Words"):
    """Read the samples once and measure them by each of PROTOCOLS → one Report, whose measures and slices say which: `accuracy_36`.

    predict, samples: as of `evaluate_words`. rows: those of the last, without the pictures of the worst. A protocol that no label has a
    character of is in the notes; raises ValueError where that is each.
    """
    read, reports, notes = _read_once(predict, samples), {}, []
    for protocol in PROTOCOLS:
        try:
            reports[protocol] = evaluate_words(lambda readings: readings, read, protocol, title)
        except ValueError as error:
            notes, last = [*notes, str(error)], error
    if not reports:
        raise last
    measures = {f"{name}_{protocol}": value for protocol, report in reports.items() for name, value in report.measures.items()}
    definitions = {f"{name}_{protocol}": f"{DEFINITIONS[name]}, in {protocol} characters" for protocol in reports for name in DEFINITIONS}
    return replace(
        list(reports.values())[-1],
        title=f"{title} · {', '.join(reports)} characters",
        measures=measures,
        definitions=definitions,
        headline=tuple(dict.fromkeys(name for report in reports.values() for name in report.headline)),
        slices={f"{slicing} in {protocol}": by for protocol, report in reports.items() for slicing, by in report.slices.items()},
        examples=[],
        notes=list(dict.fromkeys([*notes, *(note for report in reports.values() for note in report.notes)])),
    )


def _read_once(predict, samples):
    """`[(reading, truth, attributes)]`, the reading None where the image is or its truth."""
    read, samples = [], iter(samples)
    while batch := list(islice(samples, BATCH)):
        readable = [image for image, truth, _ in batch if image is not None and truth is not None]
        readings = iter(read_batch(predict, readable) if readable else [])
        read += [(None if image is None or truth is None else next(readings) or "", truth, known) for image, truth, known in batch]
    return read


def _set_of(attributes):
    folder = (attributes or {}).get("set", NAMELESS)
    benchmark = find_benchmark(folder)
    return benchmark.name if benchmark else str(folder)


def _measure(rows):
    pairs = [(row["truth"], row["read"]) for row in rows]
    neds = [Levenshtein.normalized_distance(truth, read) for truth, read in pairs]
    return {
        "words": len(rows),
        "accuracy": sum(truth == read for truth, read in pairs) / len(rows),
        "mean_of_sets": None,
        "one_minus_ned": 1 - sum(neds) / len(rows),
        "shortened": sum(row["shortened"] for row in rows),
    }


def _together(names, measured, protocol):
    """The measures of several sets: rates by words, and the mean of the sets."""
    sets = [measured[name] for name in names]
    words = sum(measures["words"] for measures in sets)
    rates = {rate: sum(measures[rate] * measures["words"] for measures in sets) / words for rate in ("accuracy", "one_minus_ned")}
    counts = {count: sum(measures[count] for measures in sets) for count in ("too_long", "nothing_left", "shortened")}
    mean = sum(measures["accuracy"] for measures in sets) / len(sets)
    return {"words": words, **rates, "mean_of_sets": mean, **counts, **_published(names, protocol)}


def _published(names, protocol):
    """{"parseq", "clip4str": the published accuracy of these sets, by their published words, or None}"""
    sets = [benchmark for benchmark in BENCHMARKS if benchmark.name in names]
    published = dict.fromkeys(("parseq", "clip4str"))
    if protocol == "36" and len(sets) == len(names):
        for method in published:
            figures = [getattr(benchmark, method) for benchmark in sets]
            if None not in figures:
                words = sum(benchmark.words for benchmark in sets)
                published[method] = sum(figure * benchmark.words for figure, benchmark in zip(figures, sets, strict=True)) / words
    return published


def _notes(measured, whole, left_out, protocol):
    notes = [f"Compared in {protocol} characters: {PROTOCOLS[protocol]}"]
    twice = [name for name in measured if name not in whole]
    if twice:
        notes.append(f"Words of {', '.join(twice)} are part of another set here, and count once in the table of all.")
    for benchmark in BENCHMARKS:
        name = benchmark.name
        found = measured[name]["words"] + sum(counter[name] for counter in left_out.values()) if name in measured else benchmark.words
        if found != benchmark.words:
            notes.append(f"{name} has {benchmark.words:,} words as it is published. Received: {found:,}; do not compare them.")
    gone = {name for counter in left_out.values() for name in counter} - set(measured)
    if gone:
        notes.append(f"No word of {', '.join(sorted(gone))} was compared.")
    return notes
