import numpy as np
import pytest

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.reading.crops import boxes_in_quad, crop_quad, expand_lines, expand_quads, ink_mask, text_ink
from ocr_crnn.reading.orientation import choose_turns, first_parts, probe_quads, turn_page, turn_quads


@pytest.fixture
def ramp():
    """Red is x, green is y."""
    y, x = np.mgrid[:120, :200]
    return np.stack([x, y, np.zeros_like(x)], axis=-1).astype(np.uint8)


def test_an_upright_quad_is_a_slice(ramp):
    crop = crop_quad(ramp, boxes_to_quads([[10, 20, 50, 30]])[0])
    assert crop.shape == (30, 50, 3)
    np.testing.assert_array_equal(crop, ramp[20:50, 10:60])


@pytest.mark.parametrize("roll", [0, 1, 2, 3])
def test_the_first_corner_says_which_way_is_up(ramp, roll):
    """A quad that begins at another corner gives the slice turned by quarters."""
    quad = np.roll(boxes_to_quads([[10, 20, 60, 30]])[0], -roll, axis=0)
    crop = crop_quad(ramp, quad)
    expected = np.rot90(ramp[20:50, 10:70], roll)
    assert crop.shape == expected.shape
    assert np.abs(crop.astype(int) - expected).max() <= 1


def test_beyond_the_page_its_edge_goes_on(ramp):
    crop = crop_quad(ramp, boxes_to_quads([[-10, 100, 40, 30]])[0])
    assert crop.shape == (30, 40, 3)
    assert (crop[:, :10, 0] == 0).all() and crop[-1, 20, 1] == 119


def test_a_turned_quad_is_levelled(ramp):
    angle = np.radians(20)
    along, down = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    start = np.array([60.0, 20.0])
    quad = np.float32([start, start + 80 * along, start + 80 * along + 20 * down, start + 20 * down])
    crop = crop_quad(ramp, quad)
    assert crop.shape == (20, 80, 3)
    point = start + 40.5 * along + 10.5 * down - 0.5  # the middle of pixel (40, 10)
    assert np.abs(crop[10, 40, :2] - point).max() <= 1


def test_a_quad_without_extent_gives_a_pixel(ramp):
    assert crop_quad(ramp, np.full((4, 2), 7, np.float32)).shape == (1, 1, 3)


def test_margins_follow_the_thickness():
    wide, tall = expand_quads(boxes_to_quads([[100, 100, 200, 50], [100, 100, 50, 200]]), margin=0.1)
    np.testing.assert_allclose(wide[0], [95, 95])
    np.testing.assert_allclose(wide[2], [305, 155])
    np.testing.assert_allclose(tall[2], [155, 305])


def test_parts_of_a_quad():
    quad = np.float32([[0, 0], [100, 0], [120, 40], [20, 40]])  # slanted
    np.testing.assert_allclose(boxes_in_quad(quad, [[0.5, 0, 1, 0.5]])[0], [[50, 0], [100, 0], [110, 20], [60, 20]])


def test_ink_of_paper_without_contrast():
    assert not ink_mask(np.full((20, 30, 3), 200, np.uint8)).any()
    assert ink_mask(np.pad(np.zeros((4, 4), np.uint8), 8, constant_values=255)).sum() == 16


@pytest.mark.parametrize("turns", [0, 1, 2, 3, -1])
def test_quads_turn_with_their_page(ramp, turns):
    quad = boxes_to_quads([[10, 20, 60, 30]])
    turned = turn_quads(quad, ramp.shape[:2], turns)
    crop = crop_quad(np.ascontiguousarray(np.rot90(ramp, turns)), turned[0])
    assert np.abs(crop.astype(int) - ramp[20:50, 10:70]).max() <= 1  # its own top-left is still the first corner


def test_pages_turn_there_and_back():
    quads = boxes_to_quads([[10, 20, 60, 30], [5, 5, 5, 5]])
    page = Page(None, (120, 200), quads, ["가나", "다"], characters=[Characters(quads[:1], [0.5]), None])
    turned = turn_page(page, 1)
    assert turned.size == (200, 120) and turn_page(page, 2).size == (120, 200)
    back = turn_page(turned, -1)
    np.testing.assert_allclose(back.quads, page.quads)
    np.testing.assert_allclose(back.characters[0].quads, quads[:1])
    assert back.characters[1] is None and back.size == page.size


def test_parts_of_the_longest_texts_are_probed_each_from_its_top_left_in_every_way():
    short = [[0, 40 * i, 8, 18] for i in range(20)]
    ways = probe_quads(boxes_to_quads([*short, [10, 0, 300, 20], [500, 50, 20, 100]]))
    assert ways.shape == (4, 8, 4, 2)
    np.testing.assert_allclose(ways[0, 0], [[10, 0], [170, 0], [170, 20], [10, 20]])  # 8 times as long as high
    np.testing.assert_allclose(ways[0, 1], [[500, 50], [520, 50], [520, 150], [500, 150]])
    np.testing.assert_allclose(ways[2, 0], [[170, 20], [10, 20], [10, 0], [170, 0]])
    turned = turn_quads(ways[1, 0], (400, 600), 1)  # its first corner is the upper left one of the turned page
    np.testing.assert_allclose(turned, [[0, 430], [20, 430], [20, 590], [0, 590]])


def test_the_first_part_of_a_tall_text_is_its_upper_one_and_nothing_has_no_parts():
    np.testing.assert_allclose(first_parts(boxes_to_quads([[0, 0, 10, 200]])), boxes_to_quads([[0, 0, 10, 80]]))
    assert first_parts(np.zeros((0, 4, 2), np.float32)).shape == (0, 4, 2)
    assert np.isfinite(first_parts(np.zeros((1, 4, 2), np.float32))).all()


def test_a_page_is_turned_only_where_it_reads_clearly_better():
    assert choose_turns([0.98, 0.6, 0.82, 0.7]) == 0
    assert choose_turns([0.80, 0.6, 0.99, 0.7]) == 2
    assert choose_turns([0.60, 0.95, 0.7, 0.99]) == 3
    assert choose_turns([0.90, 0.6, 0.93, 0.7]) == 0  # upside down as sure, almost: digits and capitals
    assert choose_turns([0, 0, 0, 0]) == 0


def test_a_narrow_character_gets_the_margin_of_its_line():
    quads = boxes_to_quads([[50, 50, 10, 40], [50, 50, 100, 40], [50, 50, 10, 200]])
    expected = boxes_to_quads([[40, 40, 30, 60], [40, 40, 120, 60], [47.5, 47.5, 15, 205]])
    np.testing.assert_allclose(expand_lines(quads, margin=0.25), expected)


def test_the_ink_of_a_text_is_without_rules_specks_and_neighbours():
    crop = np.full((50, 500), 255, np.uint8)
    crop[15:35, 40:60] = crop[15:35, 80:300] = 0  # letters, and a bar that is too high for a rule but as long
    kept = np.zeros(crop.shape, bool)
    kept[15:35, 40:60] = True
    crop[42:44, 100:310] = 0  # a rule of 4.2 heights
    crop[38, :110] = 0  # one that comes from beyond the edge
    crop[:4, 200:230] = 0  # the feet of the line above
    crop[20, 420] = 0  # a speck
    crop[:, 480:483] = 0  # a rule across
    np.testing.assert_array_equal(text_ink(crop), kept)
    crop[15:35, 80:300] = 255
    crop[20:30, 80:270] = 0  # 3.8 heights: a dash
    kept[20:30, 80:270] = True
    np.testing.assert_array_equal(text_ink(crop), kept)
    assert not text_ink(np.full((20, 90), 200, np.uint8)).any()


def test_in_uneven_light_the_dark_half_of_the_paper_is_no_ink():
    """Two words under a light that falls to a quarter: the one in the dark is boxed where it stands, not by the shadow."""
    grey = np.full((40, 400), 200.0)
    for left in (*range(20, 120, 10), *range(280, 380, 10)):
        grey[12:28, left : left + 4] = 100
    ink = text_ink(np.uint8(grey * np.linspace(1, 0.25, 400)))
    assert ink[12:28, 280].all() and not ink[:11].any() and not ink[29:].any() and not ink[:, 130:270].any()
