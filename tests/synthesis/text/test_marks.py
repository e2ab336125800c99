"""Marks: they say where entities stand, take no room, and are off unless asked for."""

import numpy as np

from ocr_crnn.synthesis.text import fields, templates
from ocr_crnn.synthesis.text.marks import MARKS, mark, marking, take_marks, unmark


def test_off_by_default_and_off_again():
    assert mark("DATE", "2025년") == "2025년"
    with marking():
        assert unmark(mark("DATE", "2025년")) == "2025년" != mark("DATE", "2025년")
    assert mark("DATE", "2025년") == "2025년"


def test_each_character_knows_its_entity():
    with marking():
        text = f"가{mark('PERSON', '나다')}{mark('PERSON', '라')}마"
    assert take_marks(text) == ("가나다라마", [None, ("PERSON", True), ("PERSON", False), ("PERSON", True), None], None)


def test_an_entity_goes_on_in_the_next_line_and_may_be_cut():
    with marking():
        text = mark("ADDRESS", "서울 중구")
    first, second = text[:4], text[4:]
    assert take_marks(first)[2] == "ADDRESS"
    assert take_marks(second, "ADDRESS") == ("중구", [("ADDRESS", False)] * 2, None)
    assert take_marks(second) == ("중구", [None, None], None)  # a mark that closes nothing


def test_the_outer_mark_counts():
    with marking():
        assert take_marks(mark("ADDRESS", f"우 {mark('ID', '12345')}"))[1][-1] == ("ADDRESS", False)


def test_marked_fields_are_the_fields():
    """The same generator draws the same text, marked or not, but for lines that are cut to a length."""
    for draw in (
        fields.date,
        fields.amount_text,
        fields.time,
        fields.period,
        fields.phone,
        fields.email,
        fields.account,
        templates.draw_party,
    ):
        for seed in range(40):
            plain = draw(np.random.default_rng(seed))
            with marking():
                marked = draw(np.random.default_rng(seed))
            assert unmark(marked) == plain and MARKS.isdisjoint(plain)


def test_a_particle_follows_the_last_sound_before_the_mark():
    with marking():
        assert unmark(fields.with_particle(mark("PERSON", "김철수"), "은는")) == "김철수는"
