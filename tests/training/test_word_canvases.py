import numpy as np

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.training.word_canvases import boxes_of_words, boxes_on_page, fill_shelves, fit_to_ink, lay_words


def test_shelves_are_filled_from_the_left():
    shelves, along = fill_shelves([40, 50, 20, 100, 10], 100)
    assert shelves.tolist() == [0, 0, 1, 2, 3] and along.tolist() == [0, 40, 0, 0, 0]
    assert [part.tolist() for part in fill_shelves([], 100)] == [[], []]


def test_words_stand_upright_at_one_height_and_boxes_find_back():
    image = np.full((200, 300, 3), 240, np.uint8)
    image[20:40, 30:70] = 10  # 2 : 1
    image[100:180, 200:210] = 60  # 1 : 8, downwards
    quads = boxes_to_quads([(30, 20, 40, 20), (200, 100, 10, 80), (0, 0, 300, 2)])
    words = lay_words(image, quads, [False, True, False], 10, 4, side_px=96)
    assert words.sizes.tolist() == [[20, 10], [10, 80], [88, 1]]  # the last one would be 1,500 long: it is smaller
    assert words.canvas.tolist() == [0, 1, 0] and [canvas.shape for canvas in words.canvases] == [(64, 96, 3), (96, 32, 3)]
    for row, level in ((0, 10), (1, 60)):
        (x, y), (width, height) = words.corners[row].astype(int), words.sizes[row].astype(int)
        frame = words.canvases[words.canvas[row]][y : y + height, x : x + width]
        assert np.abs(frame[1:-1, 1:-1].astype(int) - level).max() <= 2
        assert words.canvases[words.canvas[row]][y - 3, x - 3, 0] == 240  # the page around it
    boxes = [np.float64([[*corner, *(corner + 4)] for corner in words.corners[words.canvas == one]]) for one in (0, 1)]
    boxes[0] = np.concatenate([boxes[0], [[0, 0, 2, 2]]])  # in the margin
    found = boxes_of_words(words, boxes)
    assert [one.tolist() for one in found] == [[[0, 0, 4, 4]]] * 2 + [[]]  # that of 4 px has its middle below a word of one
    assert np.allclose(boxes_on_page(quads[0], words.sizes[0], found[0])[0], [(30, 20), (38, 20), (38, 28), (30, 28)])


def test_no_words_are_no_canvas():
    words = lay_words(np.zeros((5, 5, 3), np.uint8), np.zeros((0, 4, 2)), [], 20, 4)
    assert words.canvases == [] and boxes_of_words(words, []) == []


def test_boxes_close_around_their_ink():
    image = np.full((60, 80, 3), 200, np.uint8)
    image[14:16, 12:18] = image[18:26, 33:35] = 20
    quad = boxes_to_quads([(10, 10, 40, 20)])[0]
    boxes = [(0, 0, 10, 10), (10, 2, 16, 8), (16, 0, 20, 10)]  # in a frame of half the size; the last has no ink
    assert fit_to_ink(image, quad, (20, 10), boxes, 0).tolist() == [[1, 2, 4, 3], [11.5, 4, 12.5, 8], [16, 0, 20, 10]]
    down = fit_to_ink(image, quad, (20, 10), [(5, 1, 9, 4), (0, 4, 9, 10)], 1)
    assert down.tolist() == [[1, 2, 4, 3], [11.5, 4, 12.5, 8]]  # from edge to edge across a column
    assert fit_to_ink(image[40:], quad - (0, 10), (20, 10), boxes, 0).tolist() == [list(box) for box in boxes]
