"""The real recipes on two workers and on two devices take the course of one process: losses and character error rates.

The tolerance is for sums in another order: float32 rounds at 6e-8, BatchNormalization on several replicas makes the variance from
sums of squares, which rounds more, and each step makes the difference larger. Measured after three steps: up to 3e-5.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("real_recipes.py")
SHARED = ("--epochs", "1", "--steps-per-epoch", "3")
TOLERANCE = 1e-4
# 17 lines are kept for validation: the last batch holds one line, and the second replica none of its own.
CRNN = (
    "crnn", "--data", str(ROOT / "data/sample_numbers/1"), "--width", "64", "--batch-size", "8", "--validation", "0.034",
    "--learning-rate", "3e-5", *SHARED,
)  # fmt: skip
# The shipped weights, which read some lines right and some wrong; a batch holds as many lines as fit into the columns.
ATTENTION_CTC = (
    "attention_ctc", "--fonts", str(ROOT / "fonts"), "--columns", "700", "--withhold", "0", "--sampled-classes", "256",
    "--weights", "attention_ctc_ko", "--learning-rate", "1e-3", *SHARED,
)  # fmt: skip
RECIPES = {"crnn": CRNN, "attention_ctc": ATTENTION_CTC}


def start(devices, *arguments, **environment):
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(devices), *map(str, arguments)],
        env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def wait_for(*processes):
    for process in processes:
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


@pytest.fixture(scope="module", params=RECIPES)
def one_process(request, tmp_path_factory):
    root = tmp_path_factory.mktemp(request.param)
    wait_for(start(1, *RECIPES[request.param], "--checkpoints", root))
    return request.param, root


def assert_same_course(root, expected):
    (run,), (alone,) = root.iterdir(), expected.iterdir()
    for name, columns in (("log.csv", ["loss"]), ("history.csv", ["loss", "val_loss"])):
        got, wanted = (pd.read_csv(folder / name) for folder in (run, alone))
        np.testing.assert_allclose(got[columns], wanted[columns], rtol=TOLERANCE)
    got, wanted = (pd.read_csv(folder / "history.csv") for folder in (run, alone))
    np.testing.assert_array_equal(got["cer"], wanted["cer"])
    if "infeasible" in wanted:
        np.testing.assert_allclose(got[["infeasible", "val_infeasible"]], wanted[["infeasible", "val_infeasible"]], atol=1e-6)


@pytest.mark.slow
def test_two_devices_of_one_machine(one_process, tmp_path):
    recipe, expected = one_process
    wait_for(start(2, *RECIPES[recipe], "--distribute", "mirrored", "--checkpoints", tmp_path))
    assert_same_course(tmp_path, expected)


@pytest.mark.slow
def test_two_processes(one_process, tmp_path):
    recipe, expected = one_process
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    tasks = [json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}}) for index in range(2)]
    wait_for(*[start(1, *RECIPES[recipe], "--checkpoints", tmp_path, TF_CONFIG=task) for task in tasks])
    assert_same_course(tmp_path, expected)
