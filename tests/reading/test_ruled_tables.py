import time

import cv2
import numpy as np

from ocr_crnn.reading.cells import find_strokes
from ocr_crnn.reading.ruled_tables import find_ruled_tables


def paper(height=600, width=800):
    return np.full((height, width, 3), 245, np.uint8)


def draw(image, *lines):
    for start, end in lines:
        cv2.line(image, start, end, (20, 20, 20), 2)
    return image


def spanned():
    """Three columns of two rows: the first cell spans both rows, the second two columns."""
    lines = [((100, 100), (700, 100)), ((100, 300), (700, 300)), ((300, 200), (700, 200))]
    return draw(paper(), *lines, *(((x, 100), (x, 300)) for x in (100, 300, 700)), ((500, 200), (500, 300)))


def test_rows_columns_and_spans():
    _, (table,) = find_ruled_tables(find_strokes(spanned()))
    assert table.places.tolist() == [[0, 0, 2, 1], [0, 1, 1, 2], [1, 1, 1, 1], [1, 2, 1, 1]]
    np.testing.assert_allclose(table.quad, [[100, 100], [700, 100], [700, 300], [100, 300]], atol=5)


def test_a_table_askew_has_the_same_places():
    for angle in (-2.0, 1.5):
        turn = cv2.getRotationMatrix2D((400, 300), angle, 1.0)
        image = cv2.warpAffine(spanned(), turn, (800, 600), borderValue=(245, 245, 245))
        _, (table,) = find_ruled_tables(find_strokes(image))
        assert table.places.tolist() == [[0, 0, 2, 1], [0, 1, 1, 2], [1, 1, 1, 1], [1, 2, 1, 1]]


def test_open_sides_are_closed_and_two_tables_stay_two():
    rows = [((100, y), (700, y)) for y in (100, 150, 200, 350, 400, 450)]
    inner = [((x, top), (x, top + 100)) for x in (300, 500) for top in (100, 350)]
    _, tables = find_ruled_tables(find_strokes(draw(paper(), *rows, *inner)))
    assert [table.places[:, :2].tolist() for table in tables] == [[[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]] * 2


def test_open_sides_of_a_table_askew_are_closed_too():
    rows = [((100, y), (700, y)) for y in (100, 150, 200)]
    image = draw(paper(), *rows, ((300, 100), (300, 200)), ((500, 100), (500, 200)))
    for angle in (-1.5, 1.5):
        turn = cv2.getRotationMatrix2D((400, 300), angle, 1.0)
        _, (table,) = find_ruled_tables(find_strokes(cv2.warpAffine(image, turn, (800, 600), borderValue=(245, 245, 245))))
        assert table.places[:, :2].tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]


def test_frames_rules_and_blank_pages_are_no_tables():
    framed = draw(paper(), ((100, 100), (700, 100)), ((100, 300), (700, 300)), ((100, 100), (100, 300)), ((700, 100), (700, 300)))
    underlined = draw(paper(), *(((100, y), (700, y)) for y in (100, 200, 300)))
    for image in (paper(), framed, underlined, np.zeros((40, 40, 3), np.uint8), np.zeros((1, 1, 3), np.uint8)):
        assert find_ruled_tables(find_strokes(image))[1] == []


def test_thousands_of_cells_are_quick():
    """As many as there can be about: smaller ones than these are no cells."""
    image = paper(2400, 2400)
    for place in range(20, 2380, 40):
        cv2.line(image, (20, place), (20 + 58 * 40, place), (0, 0, 0), 1)
        cv2.line(image, (place, 20), (place, 20 + 58 * 40), (0, 0, 0), 1)
    begin = time.process_time()
    _, (table,) = find_ruled_tables(find_strokes(image))
    assert len(table.cells) == 58 * 58 and time.process_time() - begin < 5
    assert len(np.unique(table.places[:, :2], axis=0)) == 58 * 58 and (table.places[:, 2:] == 1).all()


def test_tables_that_stand_on_each_other_are_parted_and_a_heading_goes_with_what_is_below():
    """Two columns, a cell over all of the width, three other columns."""
    rows = [((100, y), (700, y)) for y in (100, 150, 200, 250, 300, 350)]
    lines = [((x, 100), (x, 350)) for x in (100, 700)] + [((250, 100), (250, 200))] + [((x, 250), (x, 350)) for x in (350, 500, 600)]
    _, (above, below) = find_ruled_tables(find_strokes(draw(paper(), *rows, *lines)))
    assert above.places.tolist() == [[0, 0, 1, 1], [0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 1, 1]]
    assert below.places[0].tolist() == [0, 0, 1, 4] and len(below.places) == 9
    np.testing.assert_allclose(above.quad[2], [700, 200], atol=5)
    np.testing.assert_allclose(below.quad[0], [100, 200], atol=5)
