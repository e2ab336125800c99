"""Scripts of lines by the shares of their frames: worked out by hand, and by the network that ships on drawn lines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.reading.line_scripts import find_line_scripts, find_spans, main_script, px_per_frame, scripts_at
from ocr_crnn.reading.script_network import CLASSES


def frames(letters, sure=0.9):
    """"hh l" → shares of frames, each of one class mostly: h, l, d, j (hanja), k and a space."""
    kinds = ["hldjk ".index(letter) for letter in letters]
    return np.where(np.arange(len(CLASSES)) == np.array(kinds)[:, None], sure, (1 - sure) / 5).astype(np.float32)


@pytest.mark.parametrize(("letters", "script"), [
    ("hhhh", "hangul"), ("hhll l", "latin"), ("dddd", "digit"), ("ddddddhh", "digit"), ("dddhhhhhh", "hangul"),
    ("h       ", "unknown"), ("jjjhh", "hanja"),
    ("kkk   ", "kana"), ("      ", "unknown"), ("l", "latin"),
])  # fmt: skip
def test_most_letters_decide(letters, script):
    assert main_script(frames(letters, 0.99))[0] == script


def test_the_share_is_of_the_letters_or_of_the_digits():
    assert main_script(frames("hhhl", 1.0)) == ("hangul", 0.75)
    assert main_script(frames("hhhhhhlldddd", 1.0)) == ("hangul", 0.75)
    script, share = main_script(frames("d" * 19 + "h", 1.0))
    assert script == "digit" and share == pytest.approx(0.95)
    assert main_script(frames("  ", 1.0)) == ("unknown", 0.0)


@pytest.mark.parametrize(("letters", "spans"), [
    ("hhhhllll", [("hangul", 0, 4), ("latin", 4, 8)]),
    ("hhh   hhh", [("hangul", 0, 9)]),
    ("hhh   jjj", [("hangul", 0, 3), ("hanja", 6, 9)]),
    ("   ddd   ", [("digit", 3, 6)]),
    ("      ", []),
])  # fmt: skip
def test_parts_of_a_line(letters, spans):
    assert find_spans(frames(letters)) == spans


def test_a_single_frame_is_no_part():
    assert find_spans(frames("hhhhlhhhh")) == [("hangul", 0, 9)]


def test_places_are_of_the_frames_whose_middle_is_in_them():
    shares = frames("hhld k")
    places = {(0, 2): "hangul", (2, 3): "latin", (3.1, 3.4): "digit", (5, 6): "kana", (90, 99): "kana", (-5, -3): "hangul"}
    assert scripts_at(shares, list(places)) == list(places.values())
    assert scripts_at(shares[:0], [(0, 1)]) == ["unknown"] and scripts_at(shares, []) == []


@given(st.text("hldjk ", max_size=40))
def test_spans_are_in_order_and_never_overlap(letters):
    spans = find_spans(frames(letters) if letters else np.zeros((0, len(CLASSES)), np.float32))
    edges = [edge for _, first, last in spans for edge in (first, last)]
    assert edges == sorted(edges) and all(0 <= edge <= len(letters) for edge in edges)
    assert all(one[0] != other[0] for one, other in zip(spans, spans[1:], strict=False))


@pytest.mark.parametrize("image", [
    np.zeros((0, 9), np.uint8), np.zeros((9, 0), np.uint8), np.zeros((1, 1), np.uint8), np.full((32, 200), 255, np.uint8),
    np.full((32, 200, 3), 90, np.uint8), np.zeros((40, 1), np.uint8), np.linspace(200, 220, 3200).astype(np.uint8).reshape(32, 100),
], ids=lambda image: str(image.shape))  # fmt: skip
def test_without_ink_a_line_is_unknown(image):
    assert find_line_scripts(image) == ("unknown", 0.0, [])


def test_frames_are_as_wide_as_the_image_says():
    assert px_per_frame((32, 400), 100) == 4 and px_per_frame((64, 400), 50) == 8 and px_per_frame((64, 400), 0) == 0
    assert px_per_frame((1, 8192), 2048) == 4  # squeezed: 32 times as wide at a height of 32
