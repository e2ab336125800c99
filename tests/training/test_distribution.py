"""Several workers: two processes on loopback, and two devices of one, take the course of one process with the same global batch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from loopback import free_ports

from ocr_crnn.training.distribution import local_rows, make_strategy

STAND_IN = Path(__file__).parents[1] / "helpers" / "stand_in.py"
# A layer that draws numbers draws others on each replica, and BatchNormalization rounds otherwise: see test_distributed_recipes.py.
OPTIONS = ("tiny", "--plain", "--optimizer", "sgd", "--learning-rate", "0.01", "--clipnorm", "0.5")
TWO_DEVICES = """
import sys
import tensorflow as tf
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2)
sys.path.insert(0, {folder!r})
import stand_in
sys.exit(stand_in.main(stand_in.RECIPES))
"""


def course(root):
    (run,) = root.iterdir()
    return pd.read_csv(run / "log.csv")["loss"].to_numpy(), pd.read_csv(run / "history.csv")["val_loss"].to_numpy()


def weights(path):
    with np.load(path) as file:
        return [file[name] for name in file.files]


def assert_same_course(root, expected):
    for got, wanted in zip(course(root), course(expected), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-5)


@pytest.fixture(scope="module")
def one_process(tmp_path_factory):
    root = tmp_path_factory.mktemp("one")
    subprocess.run([sys.executable, STAND_IN, *OPTIONS, "--checkpoints", root / "runs", "--dump", root / "0.npz"], check=True, timeout=120)
    return root


def train_on_two_workers(root, *options):
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    processes = [
        subprocess.Popen(
            [sys.executable, STAND_IN, *options, "--dump", root / f"{index}.npz"],
            env={**os.environ, "TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for index in range(2)
    ]  # fmt: skip
    for process in processes:
        output, _ = process.communicate(timeout=180)
        assert process.returncode == 0, output


@pytest.mark.slow
def test_two_processes_keep_equal_weights_and_the_losses_of_one(one_process, tmp_path):
    runs = tmp_path / "runs"
    train_on_two_workers(tmp_path, *OPTIONS, "--checkpoints", runs, "--epochs", "2")
    (run,) = runs.iterdir()
    train_on_two_workers(tmp_path, "--resume", str(run), "--epochs", "3")
    assert_same_course(runs, one_process / "runs")
    paths = (tmp_path / "0.npz", tmp_path / "1.npz", one_process / "0.npz")
    for first, second, alone in zip(*map(weights, paths), strict=True):
        np.testing.assert_array_equal(first, second)
        np.testing.assert_allclose(first, alone, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_two_devices_of_one_machine(one_process, tmp_path):
    script = TWO_DEVICES.format(folder=str(STAND_IN.parent))
    subprocess.run(
        [sys.executable, "-c", script, *OPTIONS, "--distribute", "mirrored", "--checkpoints", tmp_path], check=True, timeout=120
    )
    assert_same_course(tmp_path, one_process / "runs")


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


@pytest.mark.parametrize(("worker", "rows", "weights"), [(0, [10, 12], [4 / 3, 4 / 3]), (1, [11, 10], [4 / 3, 0])])
def test_a_row_that_fills_up_a_share_has_weight_0(worker, rows, weights):
    inputs = {"image": tf.constant([10, 11, 12]), "classes": tf.range(5)}
    dataset = tf.data.Dataset.from_tensors((inputs, tf.constant([0, 1, 2])))
    ((got, outputs, got_weights),) = local_rows(dataset, OfTwo(worker), whole=("classes",)).as_numpy_iterator()
    np.testing.assert_array_equal(got["image"], rows)
    np.testing.assert_array_equal(got["classes"], range(5))
    np.testing.assert_array_equal(outputs, np.array(rows) - 10)
    np.testing.assert_allclose(got_weights, weights, rtol=1e-6)
