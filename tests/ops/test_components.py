import cv2
import numpy as np
import pytest
import tensorflow as tf

from ocr_crnn.ops.components import enumerate_ranges, find_roots, label_runs, layout_of


def label_components(mask):
    """Labels of a boolean mask `(batch, height, width)`, int32 of the same shape, by `label_runs`, and the counts `(batch,)`.

    0 is False; components are 1 .. n in raster order of their first pixels in each image.
    """
    layout = layout_of(mask)
    flat = layout.flatten(mask, padding=False)
    runs = label_runs(flat, layout.stride)
    firsts = tf.math.unsorted_segment_min(runs.starts, runs.components, runs.count)
    images = layout.coordinates(firsts)[0]
    counts = tf.math.bincount(images, minlength=layout.batch, maxlength=layout.batch)
    components = runs.components + 1 - tf.gather(tf.cumsum(counts, exclusive=True), tf.gather(images, runs.components))
    run_of_pixel, pixels = enumerate_ranges(runs.ends - runs.starts, runs.starts)
    labels = tf.scatter_nd(pixels[:, None], tf.gather(components, run_of_pixel), tf.shape(flat))
    labels = layout.restore(labels)
    labels.set_shape(mask.shape)
    return labels, counts


@pytest.fixture(scope="module")
def labelled():
    return tf.function(label_components, input_signature=[tf.TensorSpec([None, None, None], tf.bool)])


def expected_labels(mask):
    """cv2's components renumbered in raster order of their first pixels."""
    count, components = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    firsts = [np.flatnonzero(components == i)[0] for i in range(1, count)]
    numbers = np.zeros(count, np.int32)
    numbers[1 + np.argsort(firsts)] = np.arange(1, count)
    return numbers[components], count - 1


def test_random_masks_equal_opencv(labelled):
    rng = np.random.default_rng(0)
    for _ in range(150):
        masks = rng.random(rng.integers(1, [4, 25, 25])) < rng.choice([0.1, 0.5, 0.6, 0.7, 0.95])
        labels, counts = labelled(masks)
        for mask, label, count in zip(masks, labels.numpy(), counts.numpy(), strict=True):
            expected, expected_count = expected_labels(mask)
            assert np.array_equal(label, expected) and count == expected_count


def test_large_mask_equals_opencv(labelled):
    mask = np.random.default_rng(1).random((300, 400)) < 0.59  # near the percolation threshold: long winding components
    expected, count = expected_labels(mask)
    labels, counts = labelled(mask[None])
    assert np.array_equal(labels[0], expected) and counts.numpy() == [count]


def test_spiral_is_one_component(labelled):
    side = 41
    mask, position, direction = np.zeros((side, side), bool), 0, 1 + 0j
    reach = [side - 1, *[side - 1 - 2 * (i // 2) for i in range(side - 1)]]
    for steps in reach:
        for _ in range(max(steps, 0)):
            mask[int(np.imag(position)), int(np.real(position))] = True
            position += direction
        direction *= 1j
    assert cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)[0] == 2
    labels, counts = labelled(mask[None])
    assert counts.numpy() == [1] and np.array_equal(labels[0].numpy() == 1, mask)


def test_a_component_does_not_reach_into_the_next_image(labelled):
    masks = np.ones((3, 2, 2), bool)
    masks[1] = False
    labels, counts = labelled(masks)
    assert counts.numpy().tolist() == [1, 0, 1]
    assert labels.numpy().tolist() == [[[1, 1], [1, 1]], [[0, 0], [0, 0]], [[1, 1], [1, 1]]]


def test_borders_do_not_touch(labelled):
    labels, counts = labelled(np.array([[[0, 0, 1], [1, 0, 0]]], bool))
    assert labels.numpy().tolist() == [[[0, 0, 1], [2, 0, 0]]] and counts.numpy() == [2]


@pytest.mark.parametrize("shape", [(0, 3, 3), (1, 0, 3), (2, 3, 0), (1, 1, 1), (1, 1, 9), (1, 9, 1)])
@pytest.mark.parametrize("value", [False, True])
def test_degenerate_masks(labelled, shape, value):
    labels, counts = labelled(np.full(shape, value))
    expected = int(value and np.prod(shape) > 0)
    assert labels.shape == shape and (labels.numpy() == expected).all()
    assert counts.numpy().tolist() == [expected] * shape[0]


def test_roots_of_a_chain_in_the_worst_order():
    nodes = np.random.default_rng(2).permutation(1000).astype(np.int32)
    assert not find_roots(tf.constant(1000), tf.constant(nodes[:-1]), tf.constant(nodes[1:])).numpy().any()


def test_ranges_are_laid_end_to_end():
    ranges, values = enumerate_ranges(tf.constant([2, 1, 3]), tf.constant([10, 5, 20]))
    assert ranges.numpy().tolist() == [0, 0, 1, 2, 2, 2] and values.numpy().tolist() == [10, 11, 5, 20, 21, 22]
    assert tf.size(enumerate_ranges(tf.zeros([0], tf.int32), tf.zeros([0], tf.int32))[0]) == 0
