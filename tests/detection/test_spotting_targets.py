import numpy as np

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.detection.spotting_targets import LEFT_OUT, spotting_targets
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.recognition.codecs import AttentionCodec, CTCCodec

CODEC = CTCCodec(Alphabet("가나다 "))


def text_of(left, top, text, size=20):
    """A text whose characters are squares side by side."""
    boxes = [[left + size * i, top, size, size] for i in range(len(text))]
    return [left, top, size * len(text), size], Characters(boxes_to_quads(boxes))


def page_of(*rows, size=(128, 320)):
    boxes, characters = zip(*(text_of(left, top, text or "가") for left, top, text in rows), strict=True)
    return Page(None, size, boxes_to_quads(boxes), [text for _, _, text in rows], characters=characters)


def read(targets):
    return ["".join(CODEC.text(ids[ids >= 0])) for ids in targets["labels"]]


def counted(targets):
    return {name: int(n) for name, n in zip(LEFT_OUT, targets["left_out"], strict=True) if n}


def test_a_short_text_is_read_whole_with_its_own_label():
    targets = spotting_targets(page_of((40, 40, "가나")), CODEC, regions=2, columns=64)
    assert read(targets) == ["가나", ""] and counted(targets) == {}
    assert targets["own"].tolist() == [1, 0] and targets["widths"][1] == 0
    assert 32 <= targets["widths"][0] <= 36  # 40 px of 20, at 16 columns to the height, and a little clearance
    assert targets["maps"][12, 12, 0] == 1
    np.testing.assert_allclose(targets["quads"][0], boxes_to_quads([[40, 40, 40, 20]])[0], atol=2)
    assert targets["labels"].shape == (2, 16)


def test_of_a_long_text_a_run_of_whole_words_that_fits_is_drawn():
    targets = spotting_targets(page_of((10, 40, "가나 다가 나다 가가")), CODEC, regions=1, columns=96)
    assert read(targets)[0] in ("가나 다가", "다가 나다", "나다 가가", "가가") and targets["widths"][0] <= 96


def test_of_a_word_longer_than_a_region_a_run_of_characters_is_drawn():
    targets = spotting_targets(page_of((10, 40, "가나다가나다가나")), CODEC, regions=1, columns=64)
    assert read(targets)[0] in "가나다가나다가나" and 1 <= len(read(targets)[0]) <= 3


def test_what_is_not_learnt_is_counted():
    targets = spotting_targets(page_of((10, 40, None), (10, 80, "a"), (310, 10, "가"), (10, 10, "다")), CODEC, regions=4, columns=64)
    assert read(targets) == ["다", "", "", ""]
    assert counted(targets) == {"unreadable": 1, "unknown": 1, "outside": 1}


def test_a_page_of_no_text_has_regions_of_no_columns_and_the_same_page_gives_the_same_regions():
    empty = spotting_targets(Page(None, (64, 64), [], []), CODEC, regions=3, columns=64)
    assert empty["widths"].tolist() == [0, 0, 0] and (empty["labels"] == -1).all()
    page = page_of((10, 40, "가나 다가 나다 가가"), (10, 80, "가 나"))
    for one, other in zip(spotting_targets(page, CODEC).values(), spotting_targets(page, CODEC).values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_label_of_attention_ends_and_what_has_more_characters_than_steps_is_counted():
    codec, page = AttentionCodec(Alphabet("가나다 ")), page_of((10, 40, "가나다"), (10, 80, "가나다나다"))
    targets = spotting_targets(page, codec, regions=2, columns=96, steps=5)
    assert sorted(ids[ids >= 0].tolist() for ids in targets["labels"]) == [[], [0, 1, 2, 4]]
    assert counted(targets) == {"no_room": 1}
    assert counted(spotting_targets(page, codec, regions=2, columns=96, steps=6)) == {}
    assert counted(spotting_targets(page, codec, regions=2, columns=96, steps=3)) == {"no_room": 2}
