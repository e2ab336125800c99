"""Fillings: each text says its value, and a fixed seed gives the same ones."""

import numpy as np

from ocr_crnn.reading.templates.typed import read_value
from ocr_crnn.synthesis.page.blank_forms import FORMS
from ocr_crnn.synthesis.page.fillings import draw_fillings


def test_texts_say_their_values():
    blanks = [draw() for draw in FORMS.values()]
    count = 0
    for seed in range(12):
        for blank in blanks:
            fillings = draw_fillings(np.random.default_rng(seed), blank)
            assert fillings == draw_fillings(np.random.default_rng(seed), blank)
            for place in blank.places:
                text, value = fillings[place.name]
                if place.type in ("check", "stamp"):
                    assert text in (True, None) and value is bool(text)
                elif text is not None:
                    read = read_value(text, place.type).value
                    assert read == value or "".join(str(read).split()) == value, (place, text, value, read)
                    count += 1
    assert count > 1000
