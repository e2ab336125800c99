"""The spotter around stand-ins that answer by the size of a crop."""

from types import SimpleNamespace

import numpy as np
from oracle import line

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.reading.settings import SPOTTER
from ocr_crnn.reading.spotter import Segment, Spotter

PAPER = np.full((300, 400, 3), 255, np.uint8)


def spotter(boxes, recognizer=None, directed=False, roll=0, **settings):
    quads = np.roll(boxes_to_quads(boxes), roll, axis=1)
    detector = lambda image: SimpleNamespace(quads=quads, directed=directed)  # noqa: E731
    settings = SPOTTER._replace(**{"condensed": 0.0, **settings})  # which the places of the stand-ins are
    return Spotter(detector, recognizer or (lambda images: [read(image) for image in images]), settings)


def read(image):
    """The size of the crop, surely where it is wider than high."""
    height, width = image.shape[:2]
    return line(f"{width}x{height}", np.arange(len(f"{width}x{height}"))[:, None] + [0, 1], 0.9 if width > height else 0.3)


def test_a_page_without_texts():
    reading = spotter([])(PAPER)
    assert len(reading) == 0 and reading.turns == 0 and reading.size == (300, 400) and reading.left_out == 0


def test_crops_have_their_margin():
    reading = spotter([[100, 100, 100, 50]], margin=0.1)(PAPER)
    assert reading.texts == ["110x60"]
    np.testing.assert_allclose(reading.quads, boxes_to_quads([[100, 100, 100, 50]]))


def test_what_reads_better_on_its_side_begins_at_another_corner():
    reading = spotter([[100, 100, 200, 20], [100, 150, 20, 100]])(PAPER)
    assert reading.turns == 0 and reading.stacked.tolist() == [False, False]
    np.testing.assert_allclose(reading.quads[1], np.roll(boxes_to_quads([[100, 150, 20, 100]])[0], -1, axis=0))
    assert len(spotter([[100, 100, 200, 20], [100, 150, 20, 100]], tall=9.0)(PAPER)) == 1  # not looked at again, and read too doubtfully


def test_the_longest_texts_tell_that_a_page_lies_upright_and_are_read_once():
    boxes = [[10, 10, 50, 20], [10, 50, 200, 20], [10, 90, 100, 20], [10, 130, 150, 20]]
    seen = []

    def recognizer(images):
        seen.append([image.shape[1] for image in images])
        return [read(image)._replace(score=0.96) for image in images]

    assert spotter(boxes, recognizer, margin=0.0, probed=2)(PAPER).texts == ["50x20", "200x20", "100x20", "150x20"]
    assert seen == [[200, 150], [50, 100]]


def test_where_they_are_not_sure_parts_of_them_are_read_all_four_ways_and_what_was_read_stays_on_an_upright_page():
    boxes = [[20, 20, 30, 200], [80, 20, 30, 200], [140, 20, 30, 100]]
    seen = []

    def recognizer(images):
        seen.append([image.shape[:2] for image in images])
        return [read(image) for image in images]

    upright = [[y, x, height, width] for x, y, width, height in boxes]
    reading = spotter(upright, recognizer, margin=0.0, probed=1, probed_em=2.0)(PAPER)
    assert reading.turns == 0 and reading.texts == ["200x30", "200x30", "100x30"]
    assert seen[0] == [(30, 200)] and seen[1][0] == (30, 60) and seen[-1] == [(30, 200), (30, 100)]
    seen.clear()
    reading = spotter(boxes, recognizer, margin=0.0, probed=1, probed_em=2.0)(PAPER)
    assert reading.turns != 0 and sorted(reading.texts) == ["100x30", "200x30", "200x30"]
    assert seen[0] == [(200, 30)] and seen[-1] == [(30, 200), (30, 200), (30, 100)]  # all of them anew


def test_a_detector_that_says_the_direction_is_believed_and_nothing_is_tried():
    """Three texts of a page on its side, which read downwards, and one that reads the other way: each is cut along its first side."""
    boxes = [[20, 20, 30, 200], [80, 20, 30, 200], [140, 20, 30, 100]]
    seen = []

    def recognizer(images):
        seen.append([image.shape[:2] for image in images])
        return [read(image) for image in images]

    one = spotter(boxes, recognizer, directed=True, roll=-1, margin=0.0)
    reading = one(PAPER)
    assert reading.turns == 1 and len(seen) == 1 and reading.texts == ["200x30", "200x30", "100x30"]
    np.testing.assert_allclose(reading.quads, np.roll(boxes_to_quads(boxes), -1, axis=1))


def test_condensed_print_is_read_stretched_and_the_surer_reading_stays():
    def recognizer(images):
        return [line("1000" if image.shape[1] > 150 else "100", np.arange(4)[: 4 if image.shape[1] > 150 else 3, None] * 10 + [0, 10], 0.9)
                for image in images]  # fmt: skip

    reading = spotter([[100, 100, 100, 50]], recognizer, margin=0.0, condensed=0.75)(PAPER)
    assert reading.texts == ["100"]  # not surer
    surer = lambda images: [one._replace(score=0.95) if len(one.text) > 3 else one for one in recognizer(images)]  # noqa: E731
    reading = spotter([[100, 100, 100, 50]], surer, margin=0.0, condensed=0.75)(PAPER)
    assert reading.texts == ["1000"]
    np.testing.assert_allclose(reading.spans[:, 0], [0, 5, 10, 15])


def test_texts_read_with_too_little_or_as_nothing_are_counted():
    texts = iter(["가나", "  ", "다"])
    recognizer = lambda images: [line(text, [[0, 1]] * len(text), 0.9) for text in texts]  # noqa: E731
    quads = [[10, 10, 100, 20], [10, 50, 100, 20], [10, 90, 100, 20]]
    one = Spotter(lambda image: None, recognizer)
    one.find_turns, one.detector = (lambda *_: 0), spotter(quads).detector
    reading = one(PAPER)
    assert reading.texts == ["가나", "다"] and reading.left_out == 1


def test_the_surest_way_has_to_be_clearly_surer_and_give_two_characters():
    def choose(*ways):
        segments = [Segment(number, line(text, [[0, 1]] * len(text), score)) for number, (text, score) in enumerate(ways)]
        return spotter([]).surest(*segments).quad

    assert choose(("3", 0.99), ("UU", 0.6), ("Un", 0.7)) == 0
    assert choose(("1", 0.90), ("—", 0.99), ("- -", 0.94)) == 0
    assert choose(("8r", 0.60), ("합계", 0.99), ("lY", 0.7), ("가 나", 0.8)) == 1
    assert choose(("8r", 0.60), ("lYo", 0.70), ("-", 1.0), ("합계", 0.9)) == 3
    assert choose(("", 0.0)) == 0


def test_a_doubted_line_is_read_with_other_margins_and_most_readings_decide():
    """Crops of a text of 200 × 100 px tell their margin: the usual one reads badly, and so does one other."""
    texts = {300: "목적", 240: "믁적", 260: "목적", 220: "목적", 280: "믁적"}
    seen = []

    def recognizer(images):
        seen.append([image.shape[1] for image in images])
        return [line(texts[width], [[10, 60], [60, 120]], 0.65) for width in seen[-1]]

    how = {"margin": 0.2, "margins": (0.3, 0.1, 0.4, 0.5), "doubted": 0.7}
    reading = spotter([[100, 100, 200, 100]], recognizer, directed=True, **how)(PAPER)
    assert reading.texts == ["목적"] and seen == [[240], [260], [220, 280, 300]]
    np.testing.assert_allclose(reading.spans[0], [0, 50])  # of the first that read so: its margin is 10 px wider
    texts[260] = "믁적"
    seen.clear()
    assert spotter([[100, 100, 200, 100]], recognizer, directed=True, **how)(PAPER).texts == ["믁적"] and len(seen) == 2
