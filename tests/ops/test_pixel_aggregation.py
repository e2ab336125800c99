"""Pixel aggregation in graph and in tf.data; test_pairs_of_reading.py holds the graph to the compiled one, test_native.py that one."""

import numpy as np
import pytest
import tensorflow as tf

from benchmarks.aggregation_maps import draw_page
from ocr_crnn.ops import _native
from ocr_crnn.ops.pixel_aggregation import aggregate_pixels, aggregate_pixels_compiled

MAPS = tf.TensorSpec([None, None, None, 6])


def in_graph(**settings):
    return tf.function(lambda maps: aggregate_pixels(maps, **settings), input_signature=[MAPS])


def assert_same(instances, index, maps, atol=1e-3, **settings):
    """Image `index` of graph instances is what the extension makes of its maps: every pixel, every corner of every box."""
    labels, scores, areas, quads, *_ = _native.aggregate_pixels(maps, **settings)
    assert np.array_equal(instances.labels[index].numpy(), labels)
    assert np.array_equal(instances.areas[index].numpy(), areas)
    np.testing.assert_allclose(instances.scores[index].numpy(), scores, atol=2e-5)
    np.testing.assert_allclose(instances.quads[index].numpy(), quads, atol=atol)


def test_images_of_a_batch_do_not_mix():
    rng = np.random.default_rng(2)
    batch = np.stack([draw_page(rng, 90, 70, lines, 2, 6.0, skew_deg=skew) for lines, skew in ((6, 0.0), (3, 20.0), (1, -40.0))])
    batch[1, ..., 0] = -1  # the page between the others is blank
    instances = in_graph()(batch)
    for index, maps in enumerate(batch):
        assert_same(instances, index, maps)
    compiled = aggregate_pixels_compiled(batch)
    assert len(compiled.scores[1]) == 0 and compiled.polygons[1].nrows() == 0
    for index, maps in enumerate(batch):
        assert_same(compiled, index, maps, atol=0)
        *_, points, splits = _native.aggregate_pixels(maps)
        assert np.array_equal(compiled.polygons[index].flat_values, points)
        assert compiled.polygons[index].row_splits.numpy().tolist() == splits.tolist()


@pytest.mark.parametrize("aggregate", [aggregate_pixels, aggregate_pixels_compiled])
@pytest.mark.parametrize("shape", [(0, 4, 4, 6), (2, 0, 4, 6), (1, 4, 0, 6), (1, 1, 1, 6), (2, 1, 7, 6), (1, 7, 1, 6)])
@pytest.mark.parametrize("logit", [-1.0, 1.0])
def test_degenerate_maps(aggregate, shape, logit):
    instances = aggregate(np.full(shape, logit, np.float32), max_distance=3.0)
    count = int(logit > 0 and np.prod(shape) > 0)
    assert instances.labels.shape == shape[:-1] and (instances.labels.numpy() == count).all()
    assert instances.scores.row_lengths().numpy().tolist() == [count] * shape[0]
    for quad in instances.quads.flat_values.numpy():
        height, width = shape[1:3]
        np.testing.assert_allclose(sorted(map(tuple, quad)), sorted([(0, 0), (0, height), (width, 0), (width, height)]), atol=1e-5)


def test_growth_in_graph_is_bounded():
    maps = np.full((1, 1, 100, 6), 1.0, np.float32)
    maps[0, 0, 1:, 1] = -1
    assert in_graph()(maps).areas.flat_values.numpy() == [65]
    assert in_graph(max_growth_px=200)(maps).areas.flat_values.numpy() == [100]


def test_nan_is_no_text_in_graph_and_an_error_compiled():
    maps = np.ones((1, 2, 3, 6), np.float32)
    maps[0, 0, 1, 0] = np.nan
    assert aggregate_pixels(maps).labels.numpy().tolist() == [[[1, 0, 1], [1, 1, 1]]]
    with pytest.raises(tf.errors.InvalidArgumentError, match="Received: NaN"):
        aggregate_pixels_compiled(maps)


def test_compiled_call_has_static_shapes_and_runs_in_tf_data():
    dataset = tf.data.Dataset.from_tensors(draw_page(np.random.default_rng(1), 60, 50, 3, 2, 6.0)).batch(1)
    dataset = dataset.map(aggregate_pixels_compiled)
    spec = dataset.element_spec
    assert spec.labels.shape.as_list() == [None, 60, 50] and spec.labels.dtype == tf.int32
    assert spec.quads.shape.as_list() == [None, None, 4, 2] and spec.polygons.shape.as_list() == [None, None, None, 2]
    (instances,) = dataset
    assert instances.quads.shape[0] == 1 and len(instances.quads[0]) > 0


def test_saved_model_gives_the_same_instances(tmp_path):
    class Aggregation(tf.Module):
        @tf.function(input_signature=[MAPS])
        def __call__(self, maps):
            instances = aggregate_pixels(maps, max_distance=3.0)
            return {"labels": instances.labels, "quads": instances.quads.to_tensor(), "counts": instances.quads.row_lengths()}

    tf.saved_model.save(Aggregation(), tmp_path)
    loaded = tf.saved_model.load(tmp_path)
    maps = np.stack([draw_page(np.random.default_rng(seed), 80, 64, 5, 2, 6.0) for seed in (1, 2)])
    outputs = loaded(maps)
    for index, image in enumerate(maps):
        labels, _, _, quads, *_ = _native.aggregate_pixels(image, max_distance=3.0)
        assert np.array_equal(outputs["labels"][index], labels)
        np.testing.assert_allclose(outputs["quads"][index, : outputs["counts"][index]], quads, atol=1e-3)
