"""Lines of a paragraph joined: breaks between two syllables that get a space where there was one, and none where there was none.

    python benchmarks/documents_joining.py --corpus FILE [--breaks 2000]

Sentences of the corpus are broken at places drawn evenly, as a word processor that may break between any two syllables does. FILE is no
part of what the language model was trained on: the preset's card names that.
"""

import argparse

import numpy as np

from ocr_crnn.formats import flowing_text
from ocr_crnn.formats.flowing_text import CONTEXT, space_log_odds
from ocr_crnn.synthesis.text.corpus import read_corpus


def draw_breaks(rng, sentences, count):
    """(before, after, whether a space stood between them) of breaks between two syllables."""
    found = []
    while len(found) < count:
        text = sentences[rng.integers(len(sentences))]
        place = int(rng.integers(1, len(text))) if len(text) > 20 else 0
        before, after = text[:place], text[place:]
        space = before.endswith(" ") or after.startswith(" ")
        before, after = before.strip(), after.strip()
        if before and after and all("가" <= character <= "힣" for character in (before[-1], after[0])):
            found.append((before, after, space))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", nargs="+", required=True)
    parser.add_argument("--breaks", type=int, default=2000)
    args = parser.parse_args()
    breaks = draw_breaks(np.random.default_rng(0), read_corpus(args.corpus), args.breaks)
    odds = np.array([space_log_odds(before[-CONTEXT:], after[:CONTEXT]) for before, after, _ in breaks])
    spaces = np.array([space for *_, space in breaks])
    print(f"{len(breaks)} breaks, {spaces.mean():.3f} of them at a space")
    for least in (-5, -4, -3, -2, -1, 0, 1):
        mark = "  <- LEAST" if least == flowing_text.LEAST else ""
        print(f"space from log odds {least:3}: {((odds >= least) == spaces).mean():.3f} right{mark}")


if __name__ == "__main__":
    main()
