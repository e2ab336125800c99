"""How well lines were read: every measure over pairs (truth, prediction) of strings, and what exactly each one counts.

Rates are pooled: the errors of all pairs over the characters (words, jamo) of all truths, so a long line weighs more than
a short one; 1-NED and the exact rates are means over lines. Before anything is compared, both strings are brought to NFC
and every run of white space to one space, none at the ends (`squash`). A prediction of None is a line that was not read, "".
"""

import re
import unicodedata
from collections import Counter

# editdistance, which notebooks of the lineage import, gives the same numbers more slowly: `python benchmarks/evaluation.py`.
from rapidfuzz.distance import Levenshtein

from ocr_crnn.evaluation.counts import precision_recall_f

# One sentence a measure, printed beside every table: two teams that say "CER" seldom mean the same.
DEFINITIONS = {
    "lines": "number of lines compared",
    "characters": "number of characters of the truth, spaces counted",
    "cer": "character edit distance over characters of the truth, both with single spaces (syllables, NFC); pooled over lines",
    "cer_without_spaces": "the same after removing every space from both",
    "wer": "edit distance of the space-separated words (어절) over the words of the truth",
    "jamo_cer": "edit distance of the strings with each Hangul syllable written as its 2 or 3 jamo, over the jamo of the truth",
    "one_minus_ned": "mean over lines of 1 − distance ÷ length of the longer string; 1 where both are empty",
    "exact_lines": "share of lines equal to the truth, spaces included",
    "exact_lines_without_spaces": "share of lines equal to the truth after removing every space from both",
    "spacing_precision": "share of the spaces read that stand between the same two characters in the truth",
    "spacing_recall": "share of the spaces of the truth that were read between the same two characters",
    "spacing_f1": "harmonic mean of spacing precision and recall, counted over all lines",
    "mean_distance": "mean character edit distance of a line, the lineage's mean edit distance",
}

_TO_JAMO = {
    0xAC00 + index: chr(0x1100 + index // 588) + chr(0x1161 + index % 588 // 28) + (chr(0x11A7 + index % 28) if index % 28 else "")
    for index in range(11172)
}


def squash(text):
    """NFC, runs of white space as one space, no space at the ends: " 제 1\\u3000조 " → "제 1 조"."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def remove_spaces(text):
    """NFC without any white space."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", text))


def to_jamo(text):
    """Hangul syllables as leading, vowel and trailing jamo (U+1100…), by the arithmetic of the Unicode standard §3.12.

    "각" → "ᄀ" "ᅡ" "ᆨ": a leading and a trailing ㄱ differ, a cluster such as ㄳ is one jamo. Anything else stays as it is.
    """
    return unicodedata.normalize("NFC", text).translate(_TO_JAMO)


def measure_cer(pairs, spaces=True):
    """Character error rate. ("제 1 조", "제1 조"): one deletion over 5 characters = 0.2; without spaces 0 over 3 = 0."""
    return _error_rate(pairs, squash if spaces else remove_spaces)


def measure_wer(pairs):
    """Word error rate over space-separated words. ("본 계약은", "본계약은"): a substitution and a deletion over 2 words = 1."""
    return _error_rate(pairs, lambda text: squash(text).split())


def measure_jamo_cer(pairs):
    """Error rate in jamo. ("강", "간"): 1 of 3 jamo = 0.333, where the CER is 1."""
    return _error_rate(pairs, lambda text: to_jamo(squash(text)))


def measure_exact(pairs, spaces=True):
    """Share of lines read without any error; 1 for no lines at all."""
    clean = squash if spaces else remove_spaces
    hits = [clean(truth) == clean(prediction) for truth, prediction in _checked(pairs)]
    return sum(hits) / len(hits) if hits else 1.0


def measure_one_minus_ned(pairs):
    """1 − normalised edit distance, mean over lines. ("가나다", "가나"): 1 − 1 ÷ 3 = 0.667. ("", ""): 1."""
    values = []
    for truth, prediction in _checked(pairs):
        truth, prediction = squash(truth), squash(prediction)
        values.append(1 - Levenshtein.distance(truth, prediction) / max(len(truth), len(prediction), 1))
    return sum(values) / len(values) if values else 1.0


def measure_spacing(pairs):
    """Precision, recall and F1 of the spaces (띄어쓰기), whatever became of the characters around them.

    The characters that are not spaces are aligned by edit distance. A space of the truth is found if the prediction has a
    space at the same place of the alignment; each counts once. ("본 계약은 갑과", "본계약은 갑 과"): the truth has spaces
    after 1 and 4 characters, the prediction after 4 and 5; one agrees, so precision = recall = F1 = 0.5.
    Lines without any space on either side give 1; spaces on one side only give 0.
    """
    found = in_truth = in_prediction = 0
    for truth, prediction in _checked(pairs):
        counts = _count_spaces(squash(truth), squash(prediction))
        found, in_truth, in_prediction = found + counts[0], in_truth + counts[1], in_prediction + counts[2]
    return precision_recall_f(found, in_prediction, in_truth)


def count_confusions(pairs):
    """Counter of (truth character, character read) over the edits of all pairs; "" stands for none, so ("가", "") is a
    deletion and ("", "가") an insertion. ("1,000원", "l,00원") → {("1", "l"): 1, ("0", ""): 1}. Agreeing characters are left out.
    """
    counts = Counter()
    for truth, prediction in _checked(pairs):
        truth, prediction = squash(truth), squash(prediction)
        for tag, row, column in Levenshtein.editops(truth, prediction):
            counts["" if tag == "insert" else truth[row], "" if tag == "delete" else prediction[column]] += 1
    return counts


def count_distance(truth, prediction):
    """The edit distance of one line, squashed."""
    return Levenshtein.distance(squash(truth), squash(prediction or ""))


def measure_text(pairs):
    """Every measure of `DEFINITIONS` as a dict of numbers, in that order."""
    pairs = [(squash(truth), squash(prediction)) for truth, prediction in _checked(pairs)]
    distance = sum(Levenshtein.distance(truth, prediction) for truth, prediction in pairs)
    characters = sum(len(truth) for truth, _ in pairs)
    precision, recall, f1 = measure_spacing(pairs)
    return {
        "lines": len(pairs),
        "characters": characters,
        "cer": distance / max(1, characters),
        "cer_without_spaces": measure_cer(pairs, spaces=False),
        "wer": measure_wer(pairs),
        "jamo_cer": measure_jamo_cer(pairs),
        "one_minus_ned": measure_one_minus_ned(pairs),
        "exact_lines": measure_exact(pairs),
        "exact_lines_without_spaces": measure_exact(pairs, spaces=False),
        "spacing_precision": precision,
        "spacing_recall": recall,
        "spacing_f1": f1,
        "mean_distance": distance / max(1, len(pairs)),
    }


def measure_by(pairs, keys, measure=measure_text):
    """{key: measures} for pairs that belong to slices: keys is one value a pair (a font, a degradation, a length bucket).

    measure: any function of a list of pairs, so that pages are sliced as lines are. Sorted by key, None ("not known") last.
    """
    slices = {}
    for pair, key in zip(pairs, keys, strict=True):
        slices.setdefault(key, []).append(pair)
    return {key: measure(slices[key]) for key in sorted(slices, key=lambda key: (key is None, str(key)))}


def length_bucket(truth):
    """The slice by length of a line, in characters; written so that the slices sort: "01–04", "05–09", "10–19", "20–39", "40+"."""
    length = len(squash(truth))
    for low, high in ((0, 4), (5, 9), (10, 19), (20, 39)):
        if length <= high:
            return f"{max(low, 1):02}–{high:02}"
    return "40+"


def _checked(pairs):
    """The pairs with "" for a line that was not read."""
    for truth, prediction in pairs:
        if not isinstance(truth, str):
            raise ValueError(f"A truth is a string. Received: {truth!r}. Leave out texts that nobody can read (None) before measuring.")
        yield truth, prediction or ""


def _error_rate(pairs, units):
    """Edit distance over units(truth), pooled; without any unit in the truths it is the number of edits."""
    errors = total = 0
    for truth, prediction in _checked(pairs):
        truth, prediction = units(truth), units(prediction)
        errors += Levenshtein.distance(truth, prediction)
        total += len(truth)
    return errors / max(1, total)


def _count_spaces(truth, prediction):
    """(spaces found, spaces of the truth, spaces of the prediction) of two squashed strings."""
    wanted, read = _space_places(truth), _space_places(prediction)
    counts = len(wanted), len(read)
    truth, prediction = truth.replace(" ", ""), prediction.replace(" ", "")
    if truth == prediction:
        return len(wanted & read), *counts
    found = 0
    for row, column in _alignment_path(truth, prediction):
        if row in wanted and column in read:
            wanted.remove(row)
            read.remove(column)
            found += 1
    return found, *counts


def _space_places(text):
    """Before how many characters that are no spaces each space stands: "본 계약은 갑" → {1, 4}."""
    places, passed = set(), 0
    for character in text:
        if character == " ":
            places.add(passed)
        else:
            passed += 1
    return places


def _alignment_path(truth, prediction):
    """The places (characters passed in the truth, in the prediction) that an alignment goes through, in order."""
    yield 0, 0
    for block in Levenshtein.opcodes(truth, prediction):
        row, column = block.src_start, block.dest_start
        while row < block.src_end or column < block.dest_end:
            row, column = row + (row < block.src_end), column + (column < block.dest_end)
            yield row, column
