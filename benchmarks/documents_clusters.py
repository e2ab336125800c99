"""Paragraphs and labels with their values on rendered pages: rules of geometry against the small network, on kinds it was not trained on.

    python benchmarks/documents_clusters.py --fonts FOLDER … [--pages 6] [--no-read]
    python benchmarks/documents_clusters.py --fonts FOLDER … --train FOLDER [--pages 40] [--seed 0]

Blocks: adjusted Rand index of the words, mean over pages, beside the blocks of the reader without the stage. Pairs: F over all pages of
the kinds whose truth says of every label which its value is. FOLDERs of fonts hold such as no network was trained with. --train makes
the weights of the preset clusters_ko, from the fonts and the kinds that are not tested, in NumPy; the same seed gives the same file.
"""

import argparse
from pathlib import Path

import numpy as np

from ocr_crnn.evaluation.clusters import adjusted_rand_index, count_pairs
from ocr_crnn.evaluation.tables import f_score, same_words
from ocr_crnn.presets import write_preset
from ocr_crnn.reading.clusters import NONE, PAIR, SAME, find_clusters, link_by_both, link_by_rules
from ocr_crnn.reading.line_graph import find_edges, find_pieces
from ocr_crnn.reading.link_network import FILE, NAMES, UNITS, link_by_network
from ocr_crnn.reading.order import order_page
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.numbered import draw_sentences, render_numbered_page

TRAINED = ("contract", "notice", "form", "statement", "notes", "columns", "slide", "lonely", "sheet")
OF_LABELS = ("form", "statement", "notes", "notice")  # three times as many of these: pairs are rare elsewhere
TESTED = ("invoice", "receipt", "certificate", "report", "manual")
WITH_PAIRS = ("invoice", "receipt", "certificate")
DAMAGE = ("clean", "scan")
PASSES, BATCH, RATE = 30, 256, 3e-3
CARD = """# clusters_ko

Which lines of a page are of one paragraph, and which is the label of which: the network of the stage `clusters`
(`ocr_crnn/reading/link_network.py`), 1,443 weights over 26 features of two lines. No text or image is in it.

```
{command}
```

Trained on {edges} edges of pages that the package renders, clean and scanned, of which it has {right:.4f} right:
{kinds}. Kinds that are kept for measuring: {tested}.
Rendered pages alone: no document of anybody. Licence: Apache-2.0, as the package.
Figures: `python benchmarks/documents_clusters.py --fonts …`.
"""


def truth_of_rows(page, truth):
    """(block, pair) of each row of a Page, of the word of the truth it lies on: −1 and None where there is none."""
    words = same_words(page, truth)
    blocks = np.where(words >= 0, truth.blocks[words], -1) if len(truth) else words
    pairs = [tuple(truth.attributes[word].get("pair") or ()) if word >= 0 else () for word in words]
    return blocks, pairs


def in_order(page, image):
    known = np.flatnonzero([bool(text) for text in page.texts])
    return order_page(page.take(known), image)


def classes_of_edges(pieces, edges, blocks, pairs):
    """NONE, SAME or PAIR of each edge, int `(m,)`, and which are to be learnt: not those of a colon of which the truth says nothing."""
    own = [max(set(parts), key=parts.count) for parts in ([pairs[row] for row in rows] for rows in pieces.rows)]
    of_block = [blocks[rows[0]] for rows in pieces.rows]
    found, known = np.zeros(len(edges.pairs), np.int64), np.ones(len(edges.pairs), bool)
    for number, (one, other) in enumerate(edges.pairs):
        if own[one] and own[other] and own[one][0] == own[other][0] and (own[one][1], own[other][1]) == ("label", "value"):
            found[number] = PAIR
        elif of_block[one] == of_block[other] >= 0:
            found[number] = SAME
        known[number] = bool(own[one]) or not pieces.texts[one].endswith((":", "："))
    return found, known


def draw_edges(faces, corpus, kinds, pages, seed):
    """Features and classes of the edges of rendered pages."""
    features, classes = [], []
    for kind in kinds:
        for number in range(pages * (3 if kind in OF_LABELS else 1)):
            damage = DAMAGE[number % 2]
            image, truth, _ = render_numbered_page(100 * seed + TRAINED.index(kind), number, faces, corpus, 110, kind, damage)
            page = in_order(truth, image)
            pieces = find_pieces(page, image)
            edges = find_edges(pieces)
            if len(edges.pairs):
                found, known = classes_of_edges(pieces, edges, *truth_of_rows(page, truth))
                features.append(edges.features[known])
                classes.append(found[known])
    return np.concatenate(features), np.concatenate(classes)


def train(rng, features, classes):
    """Weights of the network: Adam (Kingma and Ba, 2015) on the cross-entropy, the rate falling to nothing."""
    weights = []
    for before, after in zip(UNITS, UNITS[1:], strict=False):
        weights += [rng.normal(0, np.sqrt(2 / before), (before, after)).astype(np.float32), np.zeros(after, np.float32)]
    moments = [(np.zeros_like(array), np.zeros_like(array)) for array in weights]
    steps, step = PASSES * (len(features) // BATCH), 0
    for _ in range(PASSES):
        order = rng.permutation(len(features))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            batch = order[start : start + BATCH]
            step += 1
            rate = RATE * (1 - step / (steps + 1)) * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            for array, (first, second), slope in zip(weights, moments, gradients(weights, features[batch], classes[batch]), strict=True):
                first += 0.1 * (slope - first)
                second += 0.001 * (slope * slope - second)
                array -= rate * first / (np.sqrt(second) + 1e-8)
    return weights


def gradients(weights, features, classes):
    """Gradients of the mean cross-entropy with respect to each of the weights."""
    values = [features]
    for layer in range(2):
        values.append(np.maximum(values[-1] @ weights[2 * layer] + weights[2 * layer + 1], 0))
    slope = link_by_network(features, weights)
    slope[np.arange(len(classes)), classes] -= 1
    slope /= len(classes)
    found = []
    for layer in (2, 1, 0):
        found = [values[layer].T @ slope, slope.sum(axis=0), *found]
        slope = (slope @ weights[2 * layer].T) * (values[layer] > 0)
    return found


def make_preset(args, faces, corpus):
    features, classes = draw_edges(faces, corpus, TRAINED, args.pages, args.seed)
    weights = train(np.random.default_rng(args.seed), features, classes)
    right = (link_by_network(features, weights).argmax(axis=1) == classes).mean()
    counts = [int((classes == kind).sum()) for kind in (NONE, SAME, PAIR)]
    print(f"{len(classes):,} edges of {len(TRAINED)} kinds, {counts} apart, of one block, pairs; {right:.4f} right")
    config = {"task": "clusters", "network": "link_network", "units": list(UNITS)}
    command = f"python benchmarks/documents_clusters.py --fonts … --train FOLDER --pages {args.pages} --seed {args.seed}"
    card = CARD.format(command=command, edges=f"{len(classes):,}", kinds=", ".join(TRAINED), tested=", ".join(TESTED), right=right)
    arrays = {name: array.astype(np.float16) for name, array in zip(NAMES, weights, strict=True)}
    write_preset(args.train, config, {FILE: lambda path: save(path, arrays)}, card)


def save(path, arrays):
    with open(path, "wb") as stream:
        np.savez_compressed(stream, **arrays)


def measure(args, faces, corpus):
    reader = None
    if args.read:
        from ocr_crnn.reading.reader import DocumentReader

        reader = DocumentReader.from_preset()
    methods = {"as read": None, "rules": link_by_rules, "network": link_by_network, "both": link_by_both}
    print(f"{args.pages} pages of each of {', '.join(TESTED)}, every other one scanned; pairs of {', '.join(WITH_PAIRS)}")
    for source in ("true words", "read") if reader else ("true words",):
        indices, counts = {name: [] for name in methods}, {name: np.zeros(3) for name in methods}
        for kind in TESTED:
            for number in range(args.pages):
                image, truth, _ = render_numbered_page(100 * args.seed + 99, number, faces, corpus, 150, kind, DAMAGE[number % 2])
                page = in_order(truth, image) if source == "true words" else reader.read_page(image)
                blocks, pairs = truth_of_rows(page, truth)
                known = blocks >= 0
                there = pairs_of_truth(pairs)
                for name, link in methods.items():
                    found = page if link is None else find_clusters(page, image, link=link)
                    indices[name].append(adjusted_rand_index(found.blocks[known], blocks[known]))
                    if kind in WITH_PAIRS and link is not None:
                        counts[name] += count_pairs(found.records["pairs"], there)
        for name in methods:
            right, found, in_truth = counts[name]
            shown = f"F {f_score(right, found, in_truth):.3f}, precision {right / max(found, 1):.3f}, recall {right / max(in_truth, 1):.3f}"
            print(f"{source:12}{name:10} blocks {np.mean(indices[name]):.3f}" + ("" if name == "as read" else f"   pairs {shown}"))


def pairs_of_truth(pairs):
    found = {}
    for row, own in enumerate(pairs):
        if own:
            found.setdefault(own[0], {"label": [], "value": []})[own[1]].append(row)
    return [pair for pair in found.values() if pair["label"] and pair["value"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fonts", nargs="*", default=[str(Path(__file__).parents[1] / "fonts")])
    parser.add_argument("--pages", type=int, default=6, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--read", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--train", type=Path, help="folder for the weights; nothing is measured")
    args = parser.parse_args()
    faces, corpus = load_faces(find_fonts(args.fonts)), draw_sentences(np.random.default_rng(0))
    make_preset(args, faces, corpus) if args.train else measure(args, faces, corpus)


if __name__ == "__main__":
    main()
