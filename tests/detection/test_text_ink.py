import numpy as np
import pytest

from ocr_crnn.detection.text_ink import boxes_in, find_ink, find_text_pieces, lay_frames, part, quads_of, rows_to_see
from ocr_crnn.geometry import boxes_to_quads

QUAD = boxes_to_quads([[40, 60, 200, 40]])
LETTERS = boxes_to_quads([[40, 62, 36, 36], [80, 62, 36, 36]])
TWO = np.zeros(2, int)


def turn(quads, degrees):
    angle = np.deg2rad(degrees)
    return (quads - 100) @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) + 100


@pytest.mark.parametrize("degrees", [0, 5, 90, 180, 270, 301])
def test_frames_turn_with_their_texts(degrees):
    """The em is 1.15 times the 36 pixels of the characters, but not more than the 40 of the text."""
    frames = lay_frames(turn(QUAD, degrees), TWO, turn(LETTERS, degrees))
    np.testing.assert_allclose(frames.along[0], [np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))], atol=1e-6)
    np.testing.assert_allclose([frames.length[0], frames.height[0], frames.em[0]], [200, 40, 40], atol=1e-4)
    boxes = boxes_in(frames.of(TWO), turn(LETTERS, degrees))
    np.testing.assert_allclose(boxes, [[-2.5, -0.45, -1.6, 0.45], [-1.5, -0.45, -0.6, 0.45]], atol=1e-5)
    np.testing.assert_allclose(quads_of(frames.of(TWO), boxes), turn(LETTERS, degrees), atol=1e-4)
    assert not frames.column[0]


def test_columns_run_along_their_frames():
    quad, letters = boxes_to_quads([[60, 40, 40, 200]]), boxes_to_quads([[62, 40, 36, 36], [62, 80, 36, 36]])
    frames = lay_frames(quad, TWO, letters)
    assert frames.column.tolist() == [True] and (frames.length[0], frames.height[0]) == (200, 40)
    boxes = boxes_in(frames.of(TWO), letters)
    np.testing.assert_allclose(boxes[:, [0, 2]], [[-2.5, -1.6], [-1.5, -0.6]], atol=1e-5)
    np.testing.assert_allclose(quads_of(frames.of(TWO), boxes), letters, atol=1e-4)  # from their own upper left corners


def test_a_rectangle_on_its_corner_is_level():
    diamond = np.float32([[[100, 80], [120, 100], [100, 120], [80, 100]]])
    frames = lay_frames(diamond, np.zeros(1, int), diamond)
    np.testing.assert_allclose(np.abs(np.concatenate([frames.along, frames.across])), np.eye(2), atol=1e-6)
    np.testing.assert_allclose([frames.length[0], frames.height[0]], [40, 40], atol=1e-4)


def page(*inked, paper=255, ink=0):
    image = np.full((200, 400), paper, np.uint8)
    for left, top, right, bottom in inked:
        image[top:bottom, left:right] = ink
    return image


@pytest.mark.parametrize("colours", [(255, 0), (0, 255), (180, 120), (60, 90)])
def test_ink_is_the_rarer_of_dark_and_light(colours):
    frames = lay_frames(QUAD, TWO, LETTERS)
    ink, corner, zoom = find_ink(page((50, 70, 60, 95), paper=colours[0], ink=colours[1]), frames.of(0))
    top, left = np.argwhere(ink).min(axis=0)
    assert ink.sum() == 10 * 25 and zoom == 1
    np.testing.assert_allclose(np.array([left, top]) + corner + frames.middle[0], [50, 70], atol=1e-4)


def test_small_print_is_looked_at_enlarged():
    frames = lay_frames(QUAD / 4, TWO, LETTERS / 4)
    ink, corner, zoom = find_ink(page((15, 17, 18, 23)), frames.of(0))
    top, left = np.argwhere(ink).min(axis=0)
    assert zoom == 2 and ink.sum() == 6 * 12
    np.testing.assert_allclose((np.array([left, top]) + corner) / zoom + frames.middle[0], [15, 17], atol=1e-4)


def test_no_contrast_no_ink():
    frames = lay_frames(QUAD, TWO, LETTERS)
    assert find_ink(page((50, 70, 60, 95), ink=235), frames.of(0))[0] is None
    assert find_ink(page()[:0, :0], frames.of(0))[0] is None
    beyond = lay_frames(QUAD + 1000, TWO, LETTERS + 1000)
    assert find_ink(page(), beyond.of(0))[0] is None


def test_rules_are_no_ink():
    """Five ems long; one of three may be a dash."""
    frames = lay_frames(QUAD, TWO, LETTERS)
    assert find_ink(page((50, 70, 60, 95), (40, 97, 240, 99)), frames.of(0))[0].sum() == 10 * 25
    assert find_ink(page((50, 70, 60, 95), (70, 97, 190, 99)), frames.of(0))[0].sum() == 10 * 25 + 120 * 2


def test_text_is_parted_where_least_ink_is():
    ink = np.zeros((40, 100), bool)
    ink[10:30, 10:40] = ink[10:30, 42:70] = ink[20:22, 40:42] = True  # joined by a thin stroke
    boxes = np.array([[8.0, 10, 36, 30], [40.0, 10, 72, 30]])  # midway: 38
    assert part(ink, boxes, 6.0).tolist() == [40.5] and not ink[:, 40].any() and ink[:, 41].sum() == 2
    assert part(ink, boxes[:1], 6.0).shape == (0,)


def test_pieces_and_the_cells_they_are_in():
    """Two texts; what was written on neither, and beyond their margins, is not looked at."""
    quads = boxes_to_quads([[40, 60, 200, 40], [40, 140, 80, 40]])
    letters = boxes_to_quads([[40, 62, 36, 36], [80, 62, 36, 36], [42, 142, 36, 36]])
    text = np.array([0, 0, 1])
    frames = lay_frames(quads, text, letters)
    image = page((44, 64, 70, 96), (84, 64, 110, 96), (200, 92, 206, 98), (44, 144, 70, 176), (300, 60, 330, 100))
    pieces, cells, seen = find_text_pieces(image, frames, text, boxes_in(frames.of(text), letters))
    assert seen.tolist() == [True, True] and cells.tolist() == [0, 1, 1, 2]
    expected = np.array([[44, 64, 70, 96], [84, 64, 110, 96], [200, 92, 206, 98], [44, 144, 70, 176]])
    found = quads_of(frames.of(text[cells]), pieces)
    np.testing.assert_allclose(np.concatenate([found[:, 0], found[:, 2]], axis=1), expected, atol=1e-4)


def test_how_much_is_looked_at():
    """Nothing where there are no characters or print is tiny, and of texts that cover the page many times the small ones."""
    sides = [[0, 0, 200, 40], [0, 0, 200, 40], [0, 0, 20, 4], [0, 0, 5000, 40]]
    frames = lay_frames(boxes_to_quads(sides), np.zeros(0, int), np.zeros((0, 4, 2)))
    assert rows_to_see(frames, np.array([1, 0, 1, 1]), 300 * 400).tolist() == [0, 3]
    assert rows_to_see(frames, np.array([1, 0, 1, 1]), 80 * 400).tolist() == [0]
