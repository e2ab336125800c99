"""What each worker and device gets; whole runs of several are in test_distributed_recipes.py."""

import numpy as np
import pytest
import tensorflow as tf

from ocr_crnn.training.distribution import local_rows, make_strategy


def test_a_multiworker_run_needs_a_cluster(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(ValueError, match="needs TF_CONFIG"):
        make_strategy("multiworker")
    with pytest.raises(ValueError, match="one of none, mirrored, multiworker"):
        make_strategy("many")


class OfTwo:
    """What local_rows asks of a strategy of two workers with one replica each."""

    num_replicas_in_sync = 2
    num_input_pipelines = 2

    def __init__(self, worker):
        self.input_pipeline_id = worker

    def distribute_datasets_from_function(self, make):
        return make(self)


@pytest.mark.parametrize(
    ("rows", "worker", "kept", "weights"),
    [
        (3, 0, [10, 12], [4 / 3, 4 / 3]), (3, 1, [11], [2 / 3]),  # a row more than the other
        (4, 1, [11, 13], [1, 1]),
        (1, 0, [10], [2]), (1, 1, [10], [0]),  # nothing of its own
    ],
)  # fmt: skip
def test_the_weights_of_shares_make_the_mean_of_the_batch(rows, worker, kept, weights):
    inputs = {"image": tf.range(10, 10 + rows), "classes": tf.range(5)}
    dataset = tf.data.Dataset.from_tensors((inputs, tf.range(rows)))
    ((got, outputs, got_weights),) = local_rows(dataset, OfTwo(worker), whole=("classes",)).as_numpy_iterator()
    np.testing.assert_array_equal(got["image"], kept)
    np.testing.assert_array_equal(got["classes"], range(5))
    np.testing.assert_array_equal(outputs, np.array(kept) - 10)
    np.testing.assert_allclose(got_weights, weights, rtol=1e-6)
