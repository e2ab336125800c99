"""Entities of pages (ocr_crnn/reading/entities.py) against what the renderer knows of its texts (synthesis/text/marks.py).

    python benchmarks/documents_entities.py --fonts FOLDER [--pages 8] [--kinds form,invoice,…] [--read 2]

Three tables, precision, recall and F1 by type, in per cent:

- true text, and the same with 1, 2 and 5 % of its characters replaced, dropped or added (`CONFUSED`, look-alikes first). An entity counts
  as found if one of its type covers just its characters, those that were dropped or added not counted;
- read pages: rendered, damaged as copies are, read with the shipped weights. Found: type and text without spaces equal and the boxes'
  intersection over union ≥ .5 ("text"), or type and boxes alone ("box").

QUANTITY is not in the sum: the renderer does not know every number with a unit that its formulas hold. LOCATION alone it never writes.
The pages are filled with clauses and lines of the templates, all of them marked.
"""

import argparse
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from ocr_crnn.reading.entities import find_entities
from ocr_crnn.reading.reader import DocumentReader
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.entity_truth import true_entities
from ocr_crnn.synthesis.page.rendering import draw_page, render_page
from ocr_crnn.synthesis.text.marks import TYPES, marking
from ocr_crnn.synthesis.text.templates import draw_clause, draw_document_line

KINDS = ("contract", "official_letter", "notice", "certificate", "form", "statement", "invoice", "receipt")
RATES = (0.0, 0.01, 0.02, 0.05)
SUMMED = tuple(kind for kind in TYPES if kind != "QUANTITY")
CONFUSED = (
    "0OQ○",
    "1lI|이",
    "5S",
    "8B",
    ",.",
    ".·",
    "-~",
    "을울을음",
    "를률",
    "은온운",
    "는늘논",
    "서시사",
    "대데태",
    "주수추",
    "원윈현",
    "년넌",
    "월윌",
    "일임밀",
    "로르모",
    "구귀",
    "동둥등",
    "정징청",
    "김긴검",
    "회희",
    "이어아",
)
DPI = 200


def draw_pages(faces, kinds, count, seed):
    """`(kind, layout)` of marked pages; the seed gives the pages."""
    with marking():
        rng = np.random.default_rng(seed)
        corpus = [(draw_clause if rng.random() < 0.8 else draw_document_line)(rng) for _ in range(3000)]
        for number in range(count):
            for kind in kinds:
                rng = np.random.default_rng([seed, number, KINDS.index(kind) if kind in KINDS else 99])
                pair = rng.permutation(len(faces))[:2]
                yield kind, draw_page(rng, [faces[place] for place in pair], corpus, DPI, kind)


def with_errors(page, rate, rng):
    """(Page with errors, for each character of its text the one of the true text or −1)."""
    texts, places, place = [], [], 0
    for block, after in page.parted_blocks():
        for line in block:
            for row in line:
                text, origin = _with_errors(page.texts[row], rate, rng)
                texts.append((row, text))
                places += [place + character if character >= 0 else -1 for character in origin] + [place + len(page.texts[row])]
                place += len(page.texts[row]) + 1
        places += range(place, place + len(after) - 1)
        place += len(after) - 1
    changed = page.texts.copy()
    for row, text in texts:
        changed[row] = text
    return replace(page, texts=changed, characters=None), places


def _with_errors(word, rate, rng):
    written, origin = "", []
    for place, character in enumerate(word):
        chance = rng.random()
        if chance >= rate:
            written, origin = written + character, [*origin, place]
        elif chance < 0.15 * rate and len(word) > 1:
            continue
        else:
            written, origin = written + _confused(character, rng), [*origin, place]
            if chance > 0.85 * rate:
                written, origin = written + character, [*origin, -1]
    return (written, origin) if written else (word, list(range(len(word))))


def _confused(character, rng):
    alike = next((group for group in CONFUSED if character in group), "")
    others = [other for other in alike if other != character]
    if others:
        return others[rng.integers(len(others))]
    if "가" <= character <= "힣":  # another vowel or end consonant
        return chr(0xAC00 + (ord(character) - 0xAC00) // 28 * 28 + int(rng.integers(28)))
    return "가나다0123456789"[rng.integers(13)]


def count_found(page, image, places, truth):
    """Counters of types: found rightly, found, true."""
    page = find_entities(page, image)
    found = Counter()
    expected = {(kind, frozenset(range(start, end)) & set(places)) for kind, start, end in truth}
    seen = set()
    for record in page.records["entities"]:
        covered = frozenset(place for place in places[record["start"] : record["end"]] if place >= 0)
        found[record["type"]] += 1
        seen.add((record["type"], covered))
    right = Counter(kind for kind, _ in expected & seen)
    return right, found, Counter(kind for kind, _, _ in truth)


def print_table(title, counts):
    right, found, true = counts
    print(f"\n{title}")
    print(f"{'':14} precision  recall     F1   true")
    total = tuple(sum(count[kind] for kind in SUMMED) for count in counts)
    for kind, (r, f, t) in [*((kind, (right[kind], found[kind], true[kind])) for kind in (*TYPES, "LOCATION")), ("all", total)]:
        if f or t:
            print(f"{kind:14} {100 * r / max(f, 1):9.1f} {100 * r / max(t, 1):7.1f} {200 * r / max(f + t, 1):6.1f} {t:6}")
    return 200 * total[0] / max(total[1] + total[2], 1)


def measure_texts(layouts):
    drop, pages = {}, [(*render_page(layout)[::-1],) for _, layout in layouts]
    for rate in RATES:
        rng, counts = np.random.default_rng(1), (Counter(), Counter(), Counter())
        for page, image in pages:
            changed, places = with_errors(page, rate, rng)
            for counter, more in zip(counts, count_found(changed, image, places, true_entities(page)), strict=True):
                counter.update(more)
        drop[rate] = print_table(f"True text, character errors {rate:.0%}", counts)
    print(
        "\nF1 of all: "
        + ", ".join(f"{drop[rate]:.1f} at {rate:.0%}" for rate in RATES)
        + f"; lost at 2 %: {drop[0.0] - drop[0.02]:.1f} points"
    )


def measure_read(layouts, seed):
    reader = DocumentReader.from_preset()
    by_text, by_box = ((Counter(), Counter(), Counter()) for _ in range(2))
    for _, layout in layouts:
        image, truth = render_page(layout)
        page = find_entities(reader.read_page(image), image)
        expected = [(kind, truth.text[start:end], box_of(truth, start, end)) for kind, start, end in true_entities(truth)]
        found = [(record["type"], record["text"], np.concatenate(record["quads"])) for record in page.records["entities"]]
        for counts, same_text in ((by_text, True), (by_box, False)):
            counts[0].update(matched(expected, found, same_text))
            counts[1].update(kind for kind, _, _ in found)
            counts[2].update(kind for kind, _, _ in expected)
    print_table("Read pages: type, text and box", by_text)
    print_table("Read pages: type and box", by_box)


def matched(expected, found, same_text):
    free = list(found)
    for kind, text, box in expected:
        for place, candidate in enumerate(free):
            if candidate[0] == kind and overlap(box, candidate[2]) >= 0.5 and (not same_text or squeezed(text) == squeezed(candidate[1])):
                del free[place]
                yield kind
                break


def squeezed(text):
    return "".join(text.split())


def box_of(page, start, end):
    """The corners `(4 · k, 2)` of the characters of a stretch of `page.text`."""
    corners, place = [], 0
    for block, after in page.parted_blocks():
        for line in block:
            for row in line:
                for character, quad in enumerate(page.characters[row].quads):
                    if start <= place + character < end:
                        corners.append(quad)
                place += len(page.texts[row]) + 1
        place += len(after) - 1
    return np.concatenate(corners)


def overlap(first, second):
    (a0, b0), (a1, b1) = (first.min(axis=0), second.min(axis=0)), (first.max(axis=0), second.max(axis=0))
    common = np.clip(np.minimum(a1, b1) - np.maximum(a0, b0), 0, None).prod()
    return common / max((a1 - a0).prod() + (b1 - b0).prod() - common, 1e-9)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--fonts", nargs="+", type=Path, default=[Path(__file__).parent.parent / "fonts"])
    parser.add_argument("--pages", type=int, default=8, help="of each kind, of true text")
    parser.add_argument("--read", type=int, default=2, help="of each kind, rendered and read")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    faces = load_faces(find_fonts(options.fonts))
    layouts = list(draw_pages(faces, options.kinds.split(","), options.pages, options.seed))
    print(f"{len(layouts)} pages of {options.kinds}, {len(faces)} faces")
    measure_texts(layouts)
    if options.read:
        measure_read(list(draw_pages(faces, options.kinds.split(","), options.read, options.seed + 1)), options.seed)


if __name__ == "__main__":
    main()
