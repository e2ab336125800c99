import numpy as np
import pytest

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.ops.frames import count_steps
from ocr_crnn.recognition.engine import LineEngine
from ocr_crnn.recognition.long_lines import cut_line, halve
from ocr_crnn.recognition.recognizer import TextRecognizer

WIDTHS = {"a": 8, "b": 12, "c": 16}  # of bars, that stand for characters; a is thin, c is thick


class Bars(LineEngine):
    """Reads bars of ink by their widths, five at most, of lines that are at most 128 px wide. centres: whether it says where they are."""

    codec, height, stride, classes, widest, steps = "attention", 32, 4, 4, 128, 6

    def __init__(self, centres=False):
        self.centres, self.read = centres, []

    def count_frames(self, widths):
        return count_steps(widths, self.steps, self.widest)

    def __call__(self, images, widths):
        logits, centres = np.zeros((len(images), self.steps, 4), np.float32), np.zeros((len(images), self.steps), np.float32)
        for line, (image, width) in enumerate(zip(images, widths, strict=True)):
            edges = np.flatnonzero(np.diff(np.pad((image[:width, 16, 0] < 128).astype(int), 1)))
            ids = [min(range(3), key=lambda i, w=stop - start: abs([8, 12, 16][i] - w)) for start, stop in edges.reshape(-1, 2)]
            ids = [*ids, 3, 3, 3, 3, 3, 3][: self.steps]
            logits[line, np.arange(self.steps), ids] = 9
            centres[line, : len(edges) // 2][: self.steps] = edges.reshape(-1, 2).mean(axis=1)[: self.steps] / self.stride
            self.read.append(int(width))
        return {"logits": logits, "centres": centres} if self.centres else logits


def draw(text, gap=3, space=9):
    """Bars of the letters of a text, 24 px high, of three strokes; a space adds `space` pixels to the gap."""
    columns = [np.full((32, 4), 255, np.uint8)]
    for character in text:
        bar = np.full((32, WIDTHS.get(character, space) + (gap if character != " " else 0)), 255, np.uint8)
        if character != " ":
            for rows in ((4, 7), (14, 19), (25, 28)):  # what fills its box would be no print
                bar[slice(*rows), : WIDTHS[character]] = 0
        columns.append(bar)
    return np.concatenate(columns, axis=1)


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "cab cabc acb bca",  # words: cut at the spaces, which no piece holds
        "abcbacbcabcbacbacbcab",  # one word: cut between characters, no space
        "aaaaa aaaaaaaaa",  # fits in width, but not in positions: cut again
    ],
)
@pytest.mark.parametrize("scale", [1, 2])
def test_readings_of_pieces_are_joined(text, scale):
    image = draw(text).repeat(scale, axis=0).repeat(scale, axis=1)
    engine = Bars()
    (line,) = TextRecognizer(engine, Alphabet("abc"))([image])
    assert line.text.replace(" ", "") == text.replace(" ", "") and max(engine.read) <= 128
    assert len(line.character_scores) == len(line.text) and line.spans_px is None
    assert set(np.flatnonzero(np.array([*line.text]) == " ")) <= set(np.flatnonzero(np.array([*text]) == " "))


def test_a_space_stands_where_a_line_is_cut_at_a_wide_gap_and_has_the_lesser_score():
    (line,) = TextRecognizer(Bars(), Alphabet("abc"))([draw("cccc ccc")])
    assert line.text == "cccc ccc"
    assert line.character_scores[4] == min(line.character_scores[[3, 5]])


def test_spans_are_those_in_the_whole_line():
    text = "cccccc acb"
    image = draw(text)
    (line,) = TextRecognizer(Bars(centres=True), Alphabet("abc"))([image])
    assert line.text == text
    edges = np.flatnonzero(np.diff((image[16] < 128).astype(int))).reshape(-1, 2) + 1
    centres = line.spans_px.mean(axis=1)
    np.testing.assert_allclose(np.delete(centres, 6), edges.mean(axis=1), atol=1)
    assert line.spans_px[5, 1] <= centres[6] <= line.spans_px[7, 0]


def test_pieces_by_hand():
    image = draw("aaaa aaaa")  # the gap of the space is 12 px wide, from 45 to 57
    first, second = cut_line(image, 64)
    assert (first.left, first.space, second.left, second.space) == (0, False, 51, True)
    np.testing.assert_array_equal(np.concatenate([first.image, second.image], axis=1), image)
    assert [piece.space for piece in halve(second)] == [True, False]


@pytest.mark.parametrize("ink", [0, 255])
def test_what_has_no_gap_is_not_cut(ink):
    image = np.full((32, 300), 255, np.uint8)
    image[10:20, 5:-5] = ink
    (piece,) = cut_line(image, 128)
    assert piece.image.shape == image.shape and len(halve(piece)) == 1
    engine = Bars()
    assert len(TextRecognizer(engine, Alphabet("abc"))([image])) == 1 and engine.read == [128]


def test_nothing_read_is_nothing():
    (line,) = TextRecognizer(Bars(), Alphabet("abc"))([np.full((32, 400), 255, np.uint8)])
    assert line.text == "" and line.score == 0
