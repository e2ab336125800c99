import cv2
import numpy as np

from ocr_crnn.geometry import boxes_to_quads, quad_sizes
from ocr_crnn.reading.cells import cells_of_quads, find_cells, find_strokes, quads_of_cells
from ocr_crnn.reading.settings import CELLS


def ruled_page():
    """Two rows of cells, the left one spanning both: rules three pixels thick on grey paper."""
    image = np.full((600, 800, 3), 235, np.uint8)
    for start, end in [((100, 100), (700, 100)), ((100, 500), (700, 500)), ((300, 300), (700, 300))]:
        cv2.line(image, start, end, (30, 30, 30), 3)
    for x in (100, 300, 500, 700):
        cv2.line(image, (x, 100), (x, 500), (30, 30, 30), 3)
    return image


def test_texts_of_a_cell_share_it_and_others_do_not():
    corners = [(120, 150), (120, 400), (320, 150), (520, 150), (320, 400), (120, 30)]
    quads = boxes_to_quads([(x, y, 100, 30) for x, y in corners])
    cells = cells_of_quads(find_cells(ruled_page()), quads)
    assert cells[0] == cells[1] >= 0  # the cell that spans two rows
    assert len(set(cells[[0, 2, 3, 4]])) == 4
    assert cells[5] == -1  # above the table


def test_where_a_table_stands_changes_nothing_but_the_places():
    """Cells are looked for around the rules alone, at the edges of a page and amid it."""
    page = ruled_page()
    table = find_cells(page)
    for top, left in ((0, 0), (150, 0), (0, 400), (400, 800)):
        sheet = np.full((1000, 1600, 3), 235, np.uint8)
        sheet[top : top + 600, left : left + 800] = page
        moved = find_cells(sheet)
        assert moved.pixels == table.pixels == 1
        expected = np.full((1000, 1600), -1)
        expected[top : top + 600, left : left + 800] = table.numbers
        np.testing.assert_array_equal(moved.numbers >= 0, expected >= 0)
        ids, others = (np.unique(numbers[numbers >= 0]) for numbers in (table.numbers, moved.numbers))
        np.testing.assert_array_equal(moved.boxes[others], table.boxes[ids] + [left, top, 0, 0])
        np.testing.assert_array_equal(moved.bars, table.bars + [left, top, 0, 0])


def test_grey_images_blank_pages_and_frames():
    assert (find_cells(np.full((300, 200), 255, np.uint8)).numbers == -1).all()
    framed = np.full((600, 800), 255, np.uint8)
    cv2.rectangle(framed, (5, 5), (794, 594), 0, 3)
    assert (find_cells(framed).numbers == -1).all()  # a frame around the page is no cell
    assert cells_of_quads(find_cells(framed), np.zeros((0, 4, 2))).shape == (0,)


def test_text_strokes_are_no_rules():
    image = np.full((600, 800), 255, np.uint8)
    cv2.putText(image, "HIIIH", (100, 300), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 0, 2)
    assert (find_cells(image).numbers == -1).all()


def test_thin_rules_at_a_slope_and_low_rows():
    """A scan that lies 1.5 degrees askew: rows lower than the shortest rule, and a rule with a gap."""
    image = np.full((1200, 900, 3), 250, np.uint8)
    for y in range(200, 441, 24):
        cv2.line(image, (100, y), (800, y), (90, 90, 90), 1)
    for x in (100, 300, 550, 800):
        cv2.line(image, (x, 200), (x, 440), (90, 90, 90), 1)
    image[224, 400:406] = 250
    image[200:224, 300] = 250  # the first row has no rule there
    matrix = cv2.getRotationMatrix2D((450, 600), -1.5, 1.0)
    image = cv2.warpAffine(image, matrix, (900, 1200), flags=cv2.INTER_LINEAR, borderValue=(250, 250, 250))
    boxes = [(x, 200 + 24 * row + 8, 40, 10) for row in range(10) for x in (120, 320, 570)]
    quads = boxes_to_quads(boxes) @ matrix[:, :2].T + matrix[:, 2]
    cells = find_cells(image)
    found = cells_of_quads(cells, quads).reshape(10, 3)
    assert found[0, 0] == found[0, 1] and (found >= 0).all()
    assert len(np.unique(found)) == 29
    (quad,) = quads_of_cells(cells, [found[4, 1], -1]).values()
    width, height = quad_sizes(quad[None])[0]
    assert 235 < width < 252 and 14 < height < 26


def test_large_pages_are_looked_at_smaller_and_hairlines_stay():
    """Rules one pixel thick and half as dark as ink, at odd and even places: 3,700 pixels become 1,850."""
    image = np.full((3701, 2601), 250, np.uint8)
    xs, ys = (301, 900, 1503, 2200), (402, 801, 1300)
    for x in xs:
        image[ys[0] : ys[-1] + 1, x] = 150
    for y in ys:
        image[y, xs[0] : xs[-1] + 1] = 150
    cells = find_cells(image)
    assert cells.pixels == 2 and cells.numbers.shape == (1850, 1300)
    corners = [(x + 40, y + 40) for y in ys[:-1] for x in xs[:-1]]
    found = cells_of_quads(cells, boxes_to_quads([(x, y, 120, 50) for x, y in corners]))
    assert len(set(found)) == 6 and (found >= 0).all()
    quads = quads_of_cells(cells, found)
    for number, (x, y) in zip(found, corners, strict=True):
        right, bottom = xs[xs.index(x - 40) + 1], ys[ys.index(y - 40) + 1]
        # The inside of the cell: rules are four places thicker, and stand at even pixels.
        np.testing.assert_allclose(quads[number][[0, 2]], [[x - 40, y - 40], [right, bottom]], atol=9)


def test_a_strip_is_not_shrunk_to_nothing():
    cells = find_cells(np.full((40, 20_000), 255, np.uint8), CELLS._replace(longest_px=100))
    assert cells.pixels == 2 and (cells.numbers == -1).all()


def test_rules_of_one_direction_enclose_nothing():
    page = np.full((400, 300), 255, np.uint8)
    page[50:53, 20:280] = page[150:153, 20:280] = 0
    assert (find_cells(page).numbers == -1).all() and len(find_cells(page).boxes) == 0
    assert (find_cells(page.T.copy()).numbers == -1).all()
    page[50:153, 20:23] = page[50:153, 277:280] = 0
    assert find_cells(page).numbers[100, 150] >= 0


def test_a_pale_rule_under_bold_text_is_seen_where_it_is_asked_for():
    image = np.full((600, 800), 250, np.uint8)
    image[200:203, 100:700] = 190
    image[170:196, 150:650] = 0  # text, as dark as it gets
    seen = find_strokes(image, thin=True).level[199:204, 110:690].any(axis=0)
    assert seen.all() and not find_strokes(image).level[199:204, 200:600].any()
