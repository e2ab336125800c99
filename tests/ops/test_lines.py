import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ocr_crnn.images import is_spread, spread_grey
from ocr_crnn.ops.images import resize_and_pad
from ocr_crnn.ops.lines import (
    fill_lines,
    fit_line_width,
    ink_by_surroundings,
    is_unevenly_lit,
    next_size,
    resize_image,
    resize_line,
    stack_lines,
    to_grey,
)


def print_like(height, width, channels=(), seed=0):
    """Strokes 1 to 4 pixels wide on paper, where a resize that aliases would show."""
    rng = np.random.default_rng(seed)
    image = np.full((height, width, *channels), 255, np.uint8)
    for _ in range(max(1, width // 8)):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        image[y : y + int(rng.integers(1, height + 1)), x : x + int(rng.integers(1, 5))] = rng.integers(0, 120)
    return image


@pytest.mark.parametrize("shape", [(54, 313), (32, 100), (20, 300), (97, 41), (150, 2000), (1, 1), (33, 2), (7, 500)])
def test_it_is_the_resize_of_the_graph(shape):
    image = print_like(*shape)
    line = resize_line(image, 32)
    graph, width = resize_and_pad(image[:, :, None], 32, 4000)
    assert line.shape == (32, int(width))
    np.testing.assert_allclose(line, np.asarray(graph)[:, : int(width), 0], atol=1.0)


def test_colours_become_their_luma():
    image = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]] * 32, np.uint8)
    np.testing.assert_allclose(resize_line(image, 32), [[76.245, 149.685, 29.07, 9]] * 32, atol=1.0)


@pytest.mark.parametrize("size", [(70, 40), (231, 100)])
def test_strips_give_what_the_whole_image_gives(size):
    colour = print_like(150, 211, (3,))
    colour[..., 2] //= 2
    picture = Image.fromarray(colour)
    np.testing.assert_array_equal(to_grey(colour), np.asarray(picture.convert("L")))
    whole = picture.resize((size[0], 150), Image.Resampling.BILINEAR).resize(size, Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(resize_image(colour, size), np.asarray(whole))


def test_a_page_without_colour_stays_so():
    grey = print_like(150, 211)
    spread = spread_grey(grey)
    assert np.shares_memory(to_grey(spread), grey)
    scaled = resize_image(spread, (70, 40))
    assert is_spread(scaled)
    np.testing.assert_array_equal(scaled, resize_image(spread.copy(), (70, 40)))


def test_one_channel_is_grey():
    image = print_like(40, 60)
    np.testing.assert_array_equal(resize_line(image[:, :, None], 32), resize_line(image, 32))


@pytest.mark.parametrize("image", [np.zeros((3, 4)), np.zeros((0, 4), np.uint8), np.zeros((3, 4, 4), np.uint8), np.zeros(3, np.uint8)])
def test_what_is_no_line_is_refused(image):
    with pytest.raises(ValueError, match="Received: "):
        resize_line(image, 32)


@given(height=st.integers(1, 300), width=st.integers(1, 3000))
@settings(max_examples=50)
def test_width_keeps_the_aspect(height, width):
    fitted = fit_line_width(height, width, 32)
    assert fitted == 1 or abs(fitted - width * 32 / height) <= 0.5


def test_lines_are_stacked_over_time_and_padded_with_paper():
    short, long = np.zeros((32, 5), np.uint8), print_like(32, 33)
    images, widths = stack_lines([short, long], width_step=32)
    assert images.shape == (2, 64, 32, 1)
    assert widths.tolist() == [5, 33]
    assert not images[0, :5].any() and (images[0, 5:] == 255).all()
    np.testing.assert_array_equal(images[1, :33, :, 0].T, long)


def test_a_batch_is_filled_up_to_one_of_few_shapes():
    sizes = [next_size(size) for size in range(1, 200)]
    assert all(size <= got <= 1.5 * size for size, got in enumerate(sizes, 1)) and len(set(sizes)) == 16
    images, widths = stack_lines([print_like(32, 150)] * 5, width_step=32)
    filled, filled_widths = fill_lines(images, widths)
    assert filled.shape == (6, 192, 32, 1) and filled_widths.tolist() == [150] * 5 + [32]
    np.testing.assert_array_equal(filled[:5, :160], images)
    assert (filled[5] == 255).all() and (filled[:, 160:] == 255).all()


def strokes(light=1.0):
    """(a line with a stroke every eighth pixel, half as bright as its paper; where they are). light: `(400,)`, what falls on it."""
    ink = np.zeros((32, 400), bool)
    ink[8:24, 8:392:8] = True
    return np.uint8(np.where(ink, 0.5, 1.0) * 200 * light), ink


def test_ink_in_uneven_light_is_what_differs_from_its_surroundings():
    """From right to left to a third of the light: paper is darker there than ink is on the right."""
    grey, ink = strokes(np.linspace(1 / 3, 1, 400))
    assert is_unevenly_lit(grey) and is_unevenly_lit(255 - grey)
    for image, expected in ((grey, False), (255 - grey, True)):
        found, light = ink_by_surroundings(image)
        assert light is expected and found[ink].all() and found[~ink].mean() < 0.01
    assert not is_unevenly_lit(strokes()[0]) and not is_unevenly_lit(strokes(np.linspace(0.9, 1, 400))[0])


def test_paper_alone_is_lit_evenly():
    assert not is_unevenly_lit(np.full((20, 30), 200, np.uint8)) and not is_unevenly_lit(np.zeros((1, 1), np.uint8))
