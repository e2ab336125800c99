"""Registered forms: which form a page is, and what is filled in, on rendered copies as a scanner, a camera and a fax give them.

    python benchmarks/documents_templates.py [--readings FOLDER] [--pages 320] [--fonts PATH …] [--dpi 200] [--seed 7] [--decoys 0]
                                             [--damages scan photo fax] [--misses]

Five forms, one of them in two versions, are registered by the command from one empty page each, set in one face; copies are set and filled
in faces drawn from --fonts. Every fourth page is of a kind that was not registered, invoices and forms among them; every 25th holds two
forms. A page is right where the forms found, with their versions, are those that are there. A field is right where its value is exactly
what was written, an empty one where it is empty; fields of pages that were not right are not counted. Pages of one form are looked
at once more as if that form, or only that version of it, had never been registered: they have to be refused. --readings keeps what was
read, so that the next run takes it from there.
"""

import argparse
import tempfile
from collections import Counter, defaultdict
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from blank_forms import ROOT, register_blank
from filled_forms import BLANKS, DAMAGES, plan, samples
from rich.console import Console
from rich.table import Table
from timing import timed

from ocr_crnn.reading.reader import DocumentReader
from ocr_crnn.reading.templates.matching import match_page
from ocr_crnn.reading.templates.schema import MARKS, TYPES, read_template
from ocr_crnn.reading.templates.stage import find_forms
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.numbered import draw_sentences

TRUSTED = 0.95


def register_all(folder, dpi):
    """{name of a blank: Template}; those that are not in the folder yet are drawn and registered."""
    faces = load_faces(find_fonts([ROOT / "fonts"]))
    for name, draw in BLANKS.items():
        if not (folder / name).exists():
            register_blank(draw(), folder / name, faces, dpi)
    return {name: read_template(folder / name) for name in BLANKS}


def draw_decoys(templates, count):
    """Templates of forms that do not exist: the labels of those that do, at each other's places."""
    rng, known, decoys = np.random.default_rng(0), list(templates.values()), []
    for number in range(count):
        template = known[number % len(known)]
        sheet = template.pages[0]
        places = rng.permutation(len(sheet.anchors))
        anchors = tuple(label._replace(quad=sheet.anchors[place].quad) for label, place in zip(sheet.anchors, places, strict=True))
        decoys.append(template._replace(name=f"decoy {number}", pages=(sheet._replace(anchors=anchors),)))
    return decoys


def is_right(type_, value, row):
    """Whether a row of "fields" says what was written."""
    if type_ in MARKS:
        return row["value"] is value
    if value is None:
        return row["value"] is None and row["state"] == "empty"
    if row["value"] is None:
        return False
    if type_ in ("amount", "number"):
        return abs(float(row["value"]) - value) < 1e-9
    return "".join(str(row["value"]).split()) == value


def judge_page(sample, forms, templates):
    """How the forms of a page were told: a word of the first table."""
    found = [(form["template"], form["version"]) for form in forms if form["template"] is not None]
    there = [(templates[kind].name, templates[kind].version) for kind in sample.kinds]
    if not there:
        return "stranger taken" if found else "stranger refused"
    if any("versions" in form for form in forms):
        return "versions not told apart"
    if found == there:
        return "right"
    return "wrong form" if set(found) - set(there) else "missed"


def judge_without(sample, templates):
    """How a page of one form is told by the templates of the other forms, and by those of its other versions."""
    own = templates[sample.kinds[0]]
    others = [template for template in templates.values() if template.name != own.name]
    versions = [template for template in templates.values() if template.name == own.name and template.version != own.version]
    yield "form not registered: " + ("taken" if match_page(sample.page, others)[0] else "refused")
    if versions:
        yield "version not registered: " + ("taken" if match_page(sample.page, versions)[0] else "refused")


def measure(readings, templates, decoys, show):
    """(Counter of words by damage, Counter of (right?) by (damage, type), the same by damage of what is valid and has a score of
    TRUSTED, CPU seconds of the stage a page)."""
    pages, fields, trusted, seconds = defaultdict(Counter), defaultdict(Counter), defaultdict(Counter), []
    types = {name: {place.name: place.type for place in draw().places} for name, draw in BLANKS.items()}
    for sample in readings:
        image = sample.image
        page, spent = timed(lambda page=sample.page, image=image: find_forms(page, image, [*decoys, *templates.values()]))
        seconds.append(spent.processor)
        word = judge_page(sample, page.records["forms"], templates)
        pages[sample.damage][word] += 1
        for other in judge_without(sample, templates) if len(sample.kinds) == 1 else ():
            pages[sample.damage][other] += 1
            if other.endswith("taken"):
                show(f"page {sample.number}, {sample.damage}, {sample.kinds}: {other}")
        if word not in ("right", "stranger refused"):
            show(f"page {sample.number}, {sample.damage}, {sample.kinds}: {word}; {page.records['forms']}")
        for row in page.records["fields"] if word == "right" else ():
            filling = sample.fillings[row["form"]][row["field"]]
            right = is_right(row["type"], filling.value, row)
            fields[sample.damage, types[sample.kinds[row["form"]]][row["field"]]][right] += 1
            if row["valid"] and row["score"] >= TRUSTED:
                trusted[sample.damage][right] += 1
            if not right:
                got = f"{row['state']} {row['text']!r} → {row['value']!r} {row['reason']}"
                show(f"page {sample.number}, {sample.damage}, {row['field']}, {row['type']}: {filling.text!r}, read {got}")
    return pages, fields, trusted, seconds


def print_tables(console, pages, fields, trusted, seconds):
    words = ["right", "versions not told apart", "missed", "wrong form", "stranger refused", "stranger taken"]
    words += [f"{what} not registered: {how}" for what in ("form", "version") for how in ("refused", "taken")]
    table = Table("pages", *DAMAGES, "all")
    for word in words:
        counts = [pages[damage][word] for damage in DAMAGES]
        table.add_row(word, *map(str, counts), str(sum(counts)))
    console.print(table)
    table = Table("fields right", *DAMAGES)
    for type_ in (*TYPES, "all"):
        shares = []
        for damage in DAMAGES:
            counts = sum((count for (where, what), count in fields.items() if where == damage and type_ in (what, "all")), Counter())
            shares.append(_share(counts))
        if any(shares):
            table.add_row(type_, *shares)
    table.add_row(f"valid, score ≥ {TRUSTED}", *(_share(trusted[damage]) for damage in DAMAGES))
    console.print(table)
    half, most = 1000 * np.percentile(seconds, (50, 95))
    console.print(f"The stage takes {half:.0f} ms of a core a page (median), {most:.0f} ms at 95 %.")


def _share(counts):
    return f"{counts[True]} of {counts.total()}, {100 * counts[True] / counts.total():.1f} %" if counts else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readings", type=Path, help="folder in which readings and templates are kept; a temporary one by default")
    parser.add_argument("--pages", type=int, default=320)
    parser.add_argument("--fonts", nargs="+", default=[str(ROOT / "fonts")])
    parser.add_argument("--dpi", type=float, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--decoys", type=int, default=0, help="further templates, of the same labels at other places")
    parser.add_argument("--damages", nargs="+", choices=DAMAGES, default=DAMAGES, help="only the pages of these, a third each")
    parser.add_argument("--misses", action="store_true", help="print every page and field that is not right")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    console = Console(width=140)
    faces, corpus = load_faces(find_fonts(args.fonts)), draw_sentences(np.random.default_rng(0))
    reader = lru_cache(DocumentReader.from_preset)
    with nullcontext(args.readings) if args.readings else tempfile.TemporaryDirectory() as folder:
        templates = register_all(Path(folder) / "templates", args.dpi)
        chosen = {number for number, (damage, _) in enumerate(plan(args.pages)) if damage in args.damages}
        readings = samples(reader, folder, args.pages, faces, corpus, args.dpi, args.seed, chosen)
        show = (lambda text: console.print(text, markup=False, soft_wrap=True)) if args.misses else lambda text: None
        console.print(f"{len(chosen)} pages at {args.dpi:g} dpi, {len(faces)} faces, {len(templates) + args.decoys} templates")
        print_tables(console, *measure(readings, templates, draw_decoys(templates, args.decoys), show))


if __name__ == "__main__":
    main()
