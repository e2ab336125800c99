import json
from contextlib import nullcontext

import numpy as np
import pytest

from ocr_crnn.untrusted.json_stream import MOST_TEXT_BYTES, NestingWatch


def pieces(contents, size):
    return [contents[start : start + size] for start in range(0, len(contents), size)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_depth_is_counted_outside_of_texts_wherever_pieces_end(size):
    value = {"a": [[['"[[[[{{', "\\", "가]]", '\\"{']]], "b]": {"c": 1}}
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        watch = NestingWatch(4)
        for piece in pieces(text.encode() * 3, size):
            watch(piece)
        with pytest.raises(ValueError, match="deeper than 3"):
            NestingWatch(3)(text.encode())


def test_depth_agrees_with_a_count_by_character():
    rng = np.random.default_rng(0)
    for _ in range(200):
        text = bytes(rng.choice(list(b'[]{}"\\a'), 40))
        depth = deepest = 0
        inside = escaped = False
        for byte in text:
            if inside:
                inside, escaped = escaped or byte != ord('"'), byte == ord("\\") and not escaped
            elif byte == ord('"'):
                inside = True
            else:
                depth += (byte in b"[{") - (byte in b"]}")
                deepest = max(deepest, depth)
        try:
            watch = NestingWatch(2)
            for piece in pieces(text, 5):
                watch(piece)
            assert deepest <= 2
        except ValueError:
            assert deepest > 2


@pytest.mark.parametrize("size", [1, 100, 1000])
def test_numbers_without_end(size):
    for number, refused in (("1" * 300, False), ("-0." + "1" * 301, True), ("1" * 301, True), ("1" * 5000, True)):
        watch = NestingWatch()
        with pytest.raises(ValueError, match="more than 300 digits") if refused else nullcontext():
            for piece in pieces(f'{{"a": [{number}, "{number}"]}}'.encode(), size):
                watch(piece)


def test_a_text_without_end():
    watch = NestingWatch()
    with pytest.raises(ValueError, match="a text of more than"):
        for piece in [b'{"a": "', *[b"b" * (1 << 18)] * (MOST_TEXT_BYTES // (1 << 18) + 1)]:
            watch(piece)
