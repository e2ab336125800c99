"""The entities of a rendered page, from the marks its texts were drawn with: see synthesis/text/marks.py."""

from ocr_crnn.synthesis.text.marks import TYPES


def true_entities(page):
    """[(type, start, end)] of the entities of a Page that was drawn while marking was on: code points of `page.text`, in its order.

    An entity goes on over words and lines of its block, as long as no other begins.
    """
    found, place = [], 0
    for block, after in page.parted_blocks():
        last = None
        for line in block:
            for row in line:
                said = (page.attributes[row] or {}).get("entities") or [None] * len(page.texts[row])
                for character, known in enumerate(said):
                    kind, begins = known or (None, False)
                    if kind in TYPES and (begins or last != kind):
                        found.append([kind, place + character, place + character + 1])
                    elif kind in TYPES:
                        found[-1][2] = place + character + 1
                    last = kind
                place += len(page.texts[row]) + 1
        place += len(after) - 1
    return [tuple(entity) for entity in found]
