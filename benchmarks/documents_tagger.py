# ruff: noqa: E501 — lists of words read better in long lines.
"""Whether a tagger of characters finds names of people and organisations that the rules leave: trained here, tested on kinds of pages and
names that it has not seen.

    python benchmarks/documents_tagger.py --fonts FOLDER [--negatives FILE] [--foreign FILE] [--pages 24] [--epochs 6]

The network: embeddings of characters and of their letters (jamo), three blocks of dilated convolutions, BIO tags of PERSON and
ORGANIZATION. It is trained on texts of marked pages (synthesis/text/marks.py), a block with the label of its cell before it, a third of
them with errors of characters, and on sentences that name nobody. Two folds: the kinds of one are tested with the network of the other.
Names of the test are made of syllables and words that the training does not use.

Printed: F1 of both types by the rules alone and with what the tagger adds where no rule found anything, at several least
probabilities; and how many names it adds per 1,000 lines of `--foreign`, text of another world, with examples to be judged by eye.
"""

import argparse
import os
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from documents_entities import _with_errors, draw_pages

from ocr_crnn.reading.entities import entities_of_text
from ocr_crnn.reading.entity_cells import parts_of_blocks
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.entity_truth import true_entities
from ocr_crnn.synthesis.page.layout import layout_page
from ocr_crnn.synthesis.text import vocabulary
from ocr_crnn.synthesis.text.templates import draw_phrase

FOLDS = (("contract", "form", "receipt", "statement"), ("official_letter", "invoice", "notice", "certificate"))
TYPES = ("PERSON", "ORGANIZATION")
LEAST = (0.5, 0.9, 0.99)
LENGTH = 96
LETTERS = (20, 22, 29)  # initial, medial and final letters, and "none"
UNSEEN = {
    "GIVEN_SYLLABLES": tuple("강겸국권균근길남담대덕도라려련록림만명무문미배벽보비산삼새샘설섭세송숭시식신애양여오온완용운웅월으의이익인일자잔장적전종주중지차채천초춘충탄태"),
    "COMPANY_STEMS": ("서광", "은파", "두레", "참길", "오름", "푸르미", "대륙", "영신", "일진", "제일", "삼화", "성운", "한국", "신우", "유니텍", "큐브", "넥스트", "라이프", "코어", "모던", "청담", "호반", "여명", "백산"),
    "COMPANY_FIELDS": ("기공", "제강", "섬유", "제지", "양행", "교역", "실업", "제과", "화장품", "로지스", "바이오텍", "아이티", "커뮤니케이션", "광고", "항공", "여행사", "투자", "저축은행", "손해보험", "법률사무소", "학원", "치과", "정형외과", "문구", "철물"),
}  # fmt: skip


@contextmanager
def words_of_the_test():
    kept = {name: getattr(vocabulary, name) for name in UNSEEN}
    try:
        for name, values in UNSEEN.items():
            setattr(vocabulary, name, values)
        yield
    finally:
        for name, values in kept.items():
            setattr(vocabulary, name, values)


def blocks_of(faces, kinds, count, seed):
    """[(text, labelled parts, [(type, start, end)])] of the blocks of pages."""
    found = []
    for _, layout in draw_pages(faces, kinds, count, seed):
        page = layout_page(layout)
        truth = [entity for entity in true_entities(page) if entity[0] in TYPES]
        for parts in parts_of_blocks(page):
            start, end = parts[0].start, parts[-1].end
            labelled = [(part.start - start, part.end - start, part.label) for part in parts if part.label]
            here = [(kind, first - start, last - start) for kind, first, last in truth if start <= first < end]
            found.append((page.text[start:end], labelled, here))
    return found


def prefixed(text, labelled):
    """A block as the network sees it: the label of its cell before it, line breaks as spaces."""
    label = labelled[0][2].replace("\n", " ") if len(labelled) == 1 else ""
    before = f"{label[:12]}|" if label else ""
    return before + text.replace("\n", " "), len(before)


def letters_of(character):
    if "가" <= character <= "힣":
        code = ord(character) - 0xAC00
        return code // 588 + 1, code % 588 // 28 + 1, code % 28 + 1
    return (0, 0, 0)


def features_of(texts, characters):
    """int32 `(texts, LENGTH, 4)`: number of the character, 1 unknown and 0 none, and its three letters; digits are one character."""
    features = np.zeros((len(texts), LENGTH, 4), np.int32)
    for row, text in enumerate(texts):
        for place, character in enumerate(text[:LENGTH]):
            character = "0" if character.isdecimal() else character
            features[row, place] = characters.get(character, 1), *letters_of(character)
    return features


def tags_of(text, entities, before):
    tags = np.zeros(LENGTH, np.int32)
    for kind, start, end in entities:
        tag = 1 + 2 * TYPES.index(kind)
        tags[start + before : end + before] = tag + 1
        if start + before < LENGTH:
            tags[start + before] = tag
    return tags


def build(characters):
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    given = keras.Input((LENGTH, 4), dtype="int32")
    pieces = [layers.Embedding(characters, 64)(given[..., 0])]
    pieces += [layers.Embedding(size + 10, 32)(given[..., 1 + place]) for place, size in enumerate(LETTERS)]
    flow = layers.Dense(96)(layers.Dropout(0.3)(layers.Concatenate()(pieces)))
    for dilation in (1, 2, 4):
        inner = layers.Conv1D(96, 5, padding="same", dilation_rate=dilation, activation="gelu")(layers.LayerNormalization()(flow))
        flow = layers.Add()([flow, layers.Dense(96)(layers.Dropout(0.2)(inner))])
    model = keras.Model(given, layers.Dense(1 + 2 * len(TYPES), activation="softmax")(layers.LayerNormalization()(flow)))
    model.compile(keras.optimizers.AdamW(2e-3, weight_decay=0.01), "sparse_categorical_crossentropy", weighted_metrics=[])
    return model


def train(blocks, negatives, epochs, rng):
    """(network, its characters): trained on blocks, a third of them with errors, and on as many lines that name nobody."""
    texts, tags = [], []
    for text, labelled, entities in blocks:
        seen, before = prefixed(text, labelled)
        tag = tags_of(text, entities, before)
        if rng.random() < 0.33:
            written, origin = _with_errors(seen, 0.03, rng)
            tag = np.pad(
                np.array([tag[min(place, LENGTH - 1)] if place >= 0 else 0 for place in origin[:LENGTH]], np.int32),
                (0, max(0, LENGTH - len(origin))),
            )
            seen = written
        texts.append(seen)
        tags.append(tag)
    chosen = rng.permutation(len(negatives))[: len(blocks) // 2]
    texts += [negatives[place] for place in chosen]
    tags += [np.zeros(LENGTH, np.int32)] * len(chosen)
    counts = Counter("0" if character.isdecimal() else character for text in texts for character in text)
    characters = {character: number + 2 for number, (character, count) in enumerate(counts.most_common()) if count > 1}
    features, tags = features_of(texts, characters), np.stack(tags)
    hidden = rng.random(features.shape[:2]) < 0.08  # names are made of characters that were not seen
    features[..., 0] = np.where(hidden & (features[..., 0] > 0), 1, features[..., 0])
    model = build(len(characters) + 2)
    model.fit(features, tags, sample_weight=(features[..., 0] > 0).astype(np.float32), batch_size=64, epochs=epochs, verbose=0)
    return model, characters


def tagged(model, characters, seen):
    """For each text [(type, start, end, probability)], greedy: an entity goes on while its type is the likelier."""
    probabilities = model.predict(features_of(seen, characters), batch_size=256, verbose=0)
    for text, frames in zip(seen, probabilities, strict=True):
        found, best = [], frames[: len(text)].argmax(axis=-1)
        for place, tag in enumerate(best):
            if tag and (tag % 2 or not found or found[-1][2] != place or found[-1][0] != TYPES[(tag - 1) // 2]):
                found.append([TYPES[(tag - 1) // 2], place, place + 1, [frames[place, tag]]])
            elif tag:
                found[-1][2] = place + 1
                found[-1][3].append(frames[place, tag])
        yield [(kind, start, end, float(np.mean(scores))) for kind, start, end, scores in found]


def joined(rules, added, least):
    """The rules' entities, and what the tagger adds where they have none."""
    free = [one[:3] for one in added if one[3] >= least and all(one[2] <= rule.start or rule.end <= one[1] for rule in rules)]
    return [(rule.type, rule.start, rule.end) for rule in rules if rule.type in TYPES] + free


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--fonts", nargs="+", type=Path, default=[Path(__file__).parent.parent / "fonts"])
    parser.add_argument("--negatives", type=Path, help="lines of text that name nobody; none: phrases of the templates")
    parser.add_argument("--foreign", type=Path, help="lines of another world, in which additions are counted")
    parser.add_argument("--pages", type=int, default=24, help="of each kind")
    parser.add_argument("--epochs", type=int, default=6)
    options = parser.parse_args()
    faces = load_faces(find_fonts(options.fonts))
    rng = np.random.default_rng(3)
    lines = options.negatives.read_text(encoding="utf-8").split("\n") if options.negatives else [draw_phrase(rng) for _ in range(5000)]
    negatives = [line.strip()[:LENGTH] for line in lines if len(line) > 10]
    foreign = [line for line in options.foreign.read_text(encoding="utf-8").split("\n") if line.strip()][:1500] if options.foreign else []
    results = {name: [Counter(), Counter(), Counter()] for name in ("rules", "tagger alone", *LEAST)}
    additions = Counter()
    for fold in (0, 1):
        model, characters = train(
            blocks_of(faces, FOLDS[1 - fold], options.pages, 11), negatives, options.epochs, np.random.default_rng(fold)
        )
        with words_of_the_test():
            blocks = blocks_of(faces, FOLDS[fold], max(options.pages // 6, 1), 12)
        seen = [prefixed(text, labelled) for text, labelled, _ in blocks]
        answers = list(tagged(model, characters, [text for text, _ in seen]))
        for (text, labelled, truth), (_, before), answer in zip(blocks, seen, answers, strict=True):
            answer = [(kind, start - before, end - before, score) for kind, start, end, score in answer if start >= before]
            rules = entities_of_text(text, labelled)
            for name, (right, found, true) in results.items():
                if name == "rules":
                    said = joined(rules, [], 1)
                else:
                    said = [one[:3] for one in answer] if name == "tagger alone" else joined(rules, answer, name)
                right.update(kind for kind, *_ in set(said) & set(truth))
                found.update(kind for kind, *_ in said)
                true.update(kind for kind, *_ in truth)
        examples = []
        for line, answer in zip(foreign, tagged(model, characters, [line[:LENGTH] for line in foreign]) if foreign else [], strict=True):
            rules = entities_of_text(line)
            for least in LEAST:
                more = [one for one in joined(rules, answer, least) if one not in joined(rules, [], 1)]
                additions[least] += len(more)
            examples += [f"{kind[:3]} {line[start:end]}" for kind, start, end in more]
        print(f"fold {fold}, added to foreign lines at {LEAST[-1]}:", " · ".join(examples[:40]))
    print(f"\n{'':14}" + "".join(f"{kind:>28}" for kind in TYPES) + "   (precision, recall, F1)")
    for name, (right, found, true) in results.items():
        cells = [(right[k] / max(found[k], 1), right[k] / max(true[k], 1), 2 * right[k] / max(found[k] + true[k], 1)) for k in TYPES]
        title = name if isinstance(name, str) else f"with, ≥ {name}"
        print(f"{title:14}" + "".join(f"{100 * p:14.1f} {100 * r:6.1f} {100 * f:6.1f}" for p, r, f in cells))
    if foreign:
        print(
            "names added per 1,000 foreign lines, mean of the folds: "
            + ", ".join(f"{additions[least] / 2 / len(foreign) * 1000:.0f} at {least}" for least in LEAST)
        )


if __name__ == "__main__":
    main()
