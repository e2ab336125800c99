import keras
import numpy as np
import pytest
from keras import ops

from ocr_crnn.losses.embedding import embedding_loss


def one(vectors, instances, kernels, **options):
    vectors = np.asarray(vectors, np.float32)[None]
    return float(embedding_loss(vectors, np.array(instances)[None], np.array(kernels)[None], **options)[0])


def hinge(x):
    return np.log(max(x, 0) ** 2 + 1)


def test_aggregation_of_a_hand_worked_text():
    # One text, three cells, its kernel the first two: g = (1, 0). Distances 1, 1 and 3. No cell of the grid is background.
    vectors = [[[0, 0], [2, 0], [4, 0]]]
    expected = np.mean([hinge(0.5), hinge(0.5), hinge(2.5)]) + 0.001 * np.log(2)
    assert one(vectors, [[1, 1, 1]], [[1, 1, 0]]) == pytest.approx(expected, abs=1e-5)


def test_discrimination_of_two_texts_and_background():
    # Kernels at (0, 0) and (1, 0), background at (0, 2) in the last column only.
    vectors = np.zeros((10, 10, 2))
    instances = np.zeros((10, 10), int)
    instances[:, :5], instances[:, 5:9] = 1, 2
    vectors[:, 5:9] = [1, 0]
    vectors[:, 9] = [0, 2]
    pairs = 2 * hinge(3 - 1)
    against = hinge(3 - 2) + hinge(3 - np.sqrt(5))
    regularisation = 0.001 * np.mean([0, np.log(2)])
    expected = (pairs + against) / (2 * 1 + 2) + regularisation
    assert one(vectors, instances, instances) == pytest.approx(expected, abs=1e-5)
    assert one(vectors, instances, instances, max_instances=7) == pytest.approx(expected, abs=1e-5)  # unused ids change nothing


def test_an_image_with_an_id_above_the_largest_has_no_number_and_leaves_the_others_alone():
    vectors = np.random.default_rng(0).normal(size=(3, 8, 8, 4)).astype(np.float32)
    instances = np.zeros((3, 8, 8), np.int32)
    instances[:, :3], instances[:, 4:6] = 1, 2
    expected = ops.convert_to_numpy(embedding_loss(vectors, instances, instances))
    instances[1, 7] = 3
    kernels = np.where(instances < 3, instances, 0)
    losses = ops.convert_to_numpy(embedding_loss(vectors, instances, kernels, max_instances=2))
    assert np.isnan(losses[1])
    np.testing.assert_allclose(losses[[0, 2]], expected[[0, 2]], rtol=1e-5)
    assert np.isfinite(ops.convert_to_numpy(embedding_loss(vectors, instances, kernels, max_instances=3))).all()


def test_well_separated_texts_cost_next_to_nothing():
    vectors = np.zeros((10, 10, 2))
    instances = np.zeros((10, 10), int)
    instances[:, :3], instances[:, 5:8] = 3, 9
    vectors[:, :3], vectors[:, 5:8] = [4, 0], [0, 4]
    assert one(vectors, instances, instances) == pytest.approx(0.001 * np.log(5), abs=1e-5)


@pytest.mark.parametrize("case", ["no text", "one text", "all text", "text without kernel"])
def test_degenerate_images_have_finite_losses_and_gradients(case):
    instances = np.zeros((1, 6, 6), np.int32)
    if case != "no text":
        instances[:, 1:4] = 1
    if case == "all text":
        instances[:] = 1
    kernels = np.zeros_like(instances) if case == "text without kernel" else instances

    class Step(keras.Model):
        def __init__(self):
            super().__init__()
            self.maps = self.add_weight(shape=(1, 6, 6, 4), initializer="zeros")  # the norm has no derivative at 0

        def call(self, x):
            return self.maps + 0 * x

    model = Step()
    model.compile(keras.optimizers.SGD(0.1), lambda y, v: embedding_loss(v, y[..., 0], y[..., 1]))
    loss = model.train_on_batch(np.zeros((1, 6, 6, 4)), np.stack([instances, kernels], axis=-1))
    assert np.isfinite(loss)
    assert np.isfinite(ops.convert_to_numpy(model.maps)).all()


def test_images_of_a_batch_do_not_mix():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(3, 8, 8, 4)).astype(np.float32)
    instances = rng.integers(0, 4, (3, 8, 8)).astype(np.int32)
    kernels = np.where(rng.random((3, 8, 8)) < 0.5, instances, 0).astype(np.int32)
    together = ops.convert_to_numpy(embedding_loss(vectors, instances, kernels))
    alone = [float(embedding_loss(vectors[i : i + 1], instances[i : i + 1], kernels[i : i + 1])[0]) for i in range(3)]
    np.testing.assert_allclose(together, alone, rtol=1e-5)
