import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.data.aihub.rows import Rows, box_corners, lookup, numbers, plain_values, point_corners, side_corners, two_corners
from ocr_crnn.data.validation import ValidationReport

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=5), max_leaves=8
)


@pytest.mark.parametrize("name", ["acquistion_location", "AcquistionLocation", "acquistion.location"])
def test_keys_are_found_in_any_spelling(name):
    assert lookup({name: 1}, "acquistion_location", "acquisition_location") == 1
    assert lookup({"other": 1}, "acquistion_location") is None


def test_attributes_are_plain_values():
    record = {"a": "x", "b": [1], "c": None, "d": float("nan"), "e": "", "f": True, "g": 3}
    assert plain_values(record, A="a", b="b", c="c", d="d", e="e", f="f", g=("x", "g")) == {"A": "x", "f": True, "g": 3}


@given(JSON)
def test_whatever_stands_in_place_of_a_box(value):
    for corners in (box_corners(value), two_corners(value), side_corners(value, value), point_corners(value)):
        assert corners is None or numbers(corners, 8) is not None or max(map(abs, corners)) < 3e6


@given(st.lists(JSON, max_size=6))
def test_whatever_stands_in_place_of_a_text(values):
    rows = Rows("", ValidationReport(), {})
    for number, value in enumerate(values):
        rows.add(value, [float(number)] * 8)
    assert len(rows) == len(values) and all(text is None or text.strip() for text in rows.texts)
