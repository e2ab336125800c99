import keras
import numpy as np
import pytest

from ocr_crnn.detection.pan import PAN, pan_loss, pan_targets
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page


def page_of(boxes, texts=None, size=(64, 80)):
    return Page(None, size, boxes_to_quads(boxes), texts or ["가"] * len(boxes))


def test_targets_of_a_hand_worked_text():
    # 40 × 16 pixels at (8, 16): cells 2..11 × 4..7. Kernel: d = 640 · 0.51 / 112 = 2.914 px = 0.729 cells.
    # Centres lie half a cell inside, so the outermost ring of cells is out and the second (1.5 cells deep) is in.
    targets = pan_targets(page_of([[8, 16, 40, 16]]))
    assert targets.shape == (16, 20, 3)
    expected = np.zeros((16, 20))
    expected[4:8, 2:12] = 1
    np.testing.assert_array_equal(targets[..., 0], expected)
    kernel = np.zeros((16, 20))
    kernel[5:7, 3:11] = 1
    np.testing.assert_array_equal(targets[..., 1], kernel)
    assert (targets[..., 2] == 1).all()


def test_the_smaller_text_lies_on_top_whatever_the_order():
    boxes = [[0, 0, 80, 40], [20, 12, 24, 16]]
    for order in ([0, 1], [1, 0]):
        targets = pan_targets(page_of([boxes[i] for i in order]))
        assert targets[4, 8, 0] == order.index(1) + 1
        assert targets[1, 1, 0] == order.index(0) + 1


def test_unreadable_text_is_left_out_of_every_loss():
    targets = pan_targets(page_of([[8, 16, 40, 16]], [None]))
    assert targets[..., 0].max() == 0 and targets[..., 1].max() == 0
    assert (targets[4:8, 2:12, 2] == 0).all() and targets[..., 2].sum() == 16 * 20 - 40


def test_tiny_text_keeps_a_kernel_and_text_beyond_the_page_is_cut():
    targets = pan_targets(page_of([[8, 16, 40, 5], [70, 50, 40, 40], [-500, 0, 10, 10], [5, 5, 0, 0]]))
    assert (targets[..., 1] == 1).sum() >= 8  # the middle line of a text one cell high
    assert targets[15, 19, 0] == 2
    assert set(np.unique(targets[..., 0])) == {0, 1, 2}


def test_a_small_text_weighs_more_with_the_cells_beside_it_but_not_those_of_others():
    # A digit of 8 × 12 pixels is 2 × 3 cells, 24 / 6 = 4; the line of 40 × 16 pixels below it has 40 cells.
    targets = pan_targets(page_of([[8, 4, 8, 12], [8, 16, 40, 16]]))
    expected = np.ones((16, 20))
    expected[0:5, 1:5] = 4  # cells 2..3 × 1..3 and one around them …
    expected[4, 2:12] = 1  # … but not what is the line's
    np.testing.assert_array_equal(targets[..., 2], expected)
    # A dot weighs no more than six, and nothing beside an unreadable text comes back to life.
    dots = pan_targets(page_of([[8, 16, 3, 3], [12, 16, 12, 12]], ["1", None]))
    assert dots[4, 2].tolist() == [1, 1, 6] and (dots[4:7, 3:6, 2] == 0).all()


def test_touching_lines_keep_kernels_apart_and_the_cells_between_them_weigh_more():
    # Two lines of 16 px, cells 4..7 and 8..11, no gap: kernels are rows 5–6 and 9–10, rows 7 and 8 keep them apart.
    page = page_of([[8, 16, 40, 16], [8, 32, 40, 16]])
    targets = pan_targets(page, gap_weight=3)
    assert np.flatnonzero(targets[:, 5, 0]).tolist() == list(range(4, 12))
    assert np.flatnonzero(targets[:, 5, 1]).tolist() == [5, 6, 9, 10]
    expected = np.ones((16, 20))
    expected[7:9, 1:13] = 3  # to one cell beyond the ends
    np.testing.assert_array_equal(targets[..., 2], expected)
    assert (pan_targets(page)[..., 2] == 1).all()
    # Six pixels apart, one row of centres lies between; what is not readable stays out of the loss.
    apart = pan_targets(page_of([[8, 16, 40, 16], [8, 38, 40, 16]]), gap_weight=3)
    assert apart[8, 5].tolist() == [0, 0, 3]
    assert (pan_targets(page_of([[8, 16, 40, 16], [8, 32, 40, 16]], ["가", None]), gap_weight=3)[8:12, 2:12, 2] == 0).all()


@pytest.mark.parametrize("y", [16.0, 17.4, 18.0, 19.9])
def test_a_dash_thinner_than_a_cell_keeps_its_row_wherever_it_lies(y):
    targets = pan_targets(page_of([[8, y, 60, 1.5]]))
    rows, columns = np.nonzero(targets[..., 0] == 1)
    assert set(columns) == set(range(2, 17)) and len(set(rows)) in (1, 2)
    assert np.abs(rows * 4 + 2 - y).max() <= 3
    np.testing.assert_array_equal(targets[..., 1] > 0, targets[..., 0] > 0)


def test_weights_count_in_the_loss():
    targets = pan_targets(page_of([[8, 4, 8, 12], [8, 32, 64, 16]]))[None]
    maps = np.zeros((1, 16, 20, 6), np.float32)
    maps[..., :2] = np.where(targets[..., :1] > 0, 6.0, -6.0)
    without_digit, without_piece = maps.copy(), maps.copy()
    without_digit[:, 1:4, 2:4, :2] = -6
    without_piece[:, 8:11, 2:4, :2] = -6  # as many cells, of the long line
    losses = [float(pan_loss(targets, one)[0]) for one in (maps, without_piece, without_digit)]
    assert losses[0] < losses[1] < losses[2]
    assert losses[2] - losses[0] > 2 * (losses[1] - losses[0])


def test_ids_have_no_limit_and_counter_clockwise_quads_are_text_too():
    boxes = [[8 * (i % 40), 8 * (i // 40), 7, 7] for i in range(1000)]
    page = page_of(boxes, size=(200, 320))
    np.testing.assert_array_equal(np.unique(pan_targets(page)[..., 0]), np.arange(1, 1001))
    mirrored = Page(None, (64, 80), boxes_to_quads([[8, 16, 40, 16]])[:, ::-1], ["가"])
    np.testing.assert_array_equal(pan_targets(mirrored), pan_targets(page_of([[8, 16, 40, 16]])))


def test_a_page_without_text():
    targets = pan_targets(Page(None, (10, 9), [], []))
    assert targets.shape == (3, 3, 3) and targets[..., :2].max() == 0


@pytest.mark.parametrize("size", [(64, 96), (33, 47), (1, 1)])
def test_every_size_gives_maps_at_stride_4(size):
    maps = PAN()(np.zeros((2, *size, 3), np.float32), training=False)
    assert tuple(maps.shape) == (2, -(-size[0] // 4), -(-size[1] // 4), 6)


def test_folding_changes_nothing_but_the_speed():
    model = PAN(backbone="light")
    rng = np.random.default_rng(0)
    for weight in model.weights:  # statistics as after training; fresh ones would hide a mistake
        if weight.path.endswith(("gamma", "moving_variance")):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif weight.path.endswith(("beta", "moving_mean")):
            weight.assign(rng.normal(0, 0.1, weight.shape))
    folded = model.fold()
    image = rng.uniform(0, 255, (1, 70, 50, 3)).astype(np.float32)
    expected = np.asarray(model(image, training=False))
    np.testing.assert_allclose(np.asarray(folded(image)), expected, atol=1e-4 * np.abs(expected).max())
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in folded.layers)


def test_parameters_and_unknown_backbones():
    assert PAN("resnet18").count_params() == pytest.approx(12.27e6, rel=0.01)  # the count published for the detector in Keras
    assert PAN("light").count_params() * 4 < 6e6
    with pytest.raises(ValueError, match="Received: 'vgg'"):
        PAN("vgg")


def test_loss_is_finite_per_image_and_falls():
    size = (64, 64)
    pages = [page_of([[8, 8, 40, 16], [8, 36, 50, 12]], size=size), page_of([], size=size), page_of([[8, 8, 40, 16]], [None], size)]
    targets = np.stack([pan_targets(page) for page in pages])
    images = np.random.default_rng(0).uniform(0, 255, (3, 64, 64, 3)).astype(np.float32)
    images[0, 8:24, 8:48], images[0, 36:48, 8:58] = 0, 0
    model = PAN("light", channels=8, num_fpem=1)
    losses = np.asarray(pan_loss(targets, model(images)))
    assert losses.shape == (3,) and np.isfinite(losses).all()
    model.compile(keras.optimizers.Adam(1e-3), pan_loss, run_eagerly=True)  # tracing takes longer than the steps
    history = [float(model.train_on_batch(images, targets)) for _ in range(8)]
    assert np.isfinite(history).all() and history[-1] < history[0]
