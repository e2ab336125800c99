"""The train command on a stand-in network, in processes of its own: run folder, kill -9 and resume, stop, background, errors."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

STAND_IN = Path(__file__).with_name("stand_in.py")


def command(*arguments):
    return [sys.executable, str(STAND_IN), *map(str, arguments)]


def train(*arguments, code=0):
    done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def only_run(root):
    (run,) = root.iterdir()
    return run


def wait_for(condition, process=None, limit_s=60):
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "waited too long"
        assert process is None or process.poll() is None, "the training ended early"
        time.sleep(0.05)


def arrays(path):
    with np.load(path) as file:
        return {name: file[name] for name in file.files if name != "header"}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    root = tmp_path_factory.mktemp("uninterrupted")
    done = train("tiny", "--checkpoints", root, "--experiment", "whole")
    return only_run(root), done


def test_run_folder(uninterrupted):
    run, done = uninterrupted
    assert run.name[12:] == "_whole" and run.name[:12].isdigit()
    names = {path.name for path in run.iterdir()}
    assert names >= {"config.json", "source.py", "alphabet.txt", "network.json", "log.csv", "history.csv", "state.npz", "stdout.log"}
    assert names >= {"best.weights.h5", "epoch_0003.weights.h5", "tensorboard", "ended.json"}
    assert not [name for name in names if name.startswith(".")] and "pid" not in names
    log, history = pd.read_csv(run / "log.csv"), pd.read_csv(run / "history.csv", index_col=0)
    assert list(log["iteration"]) == list(range(15)) and list(log.columns) == ["loss", "mae", "iteration", "epoch", "batch", "time"]
    assert list(history.index) == [0, 1, 2]
    np.testing.assert_allclose(history["loss"], log["loss"].to_numpy().reshape(3, 5).mean(axis=1), rtol=1e-6)
    assert json.loads((run / "ended.json").read_text())["how"] == "finished"
    assert (run / "source.py").read_text(encoding="utf-8") == STAND_IN.read_text(encoding="utf-8")
    assert (run / "stdout.log").read_text() == done.stdout and "after the training" in done.stdout


def assert_same_course(run, whole):
    """The same losses, the same variables (averages, dropout seeds, moments) and the same best weights, to the last bit."""
    log, expected = (pd.read_csv(folder / "log.csv") for folder in (run, whole))
    pd.testing.assert_frame_equal(log.drop(columns="time"), expected.drop(columns="time"), check_exact=True)
    history, expected = (pd.read_csv(folder / "history.csv", index_col=0) for folder in (run, whole))
    pd.testing.assert_frame_equal(history.drop(columns="time"), expected.drop(columns="time"), rtol=1e-12)
    saved, expected = arrays(run / "state.npz"), arrays(whole / "state.npz")
    assert saved.keys() == expected.keys()
    for name in saved:
        np.testing.assert_array_equal(saved[name], expected[name], err_msg=name)


def killed_at(root, iteration, *options):
    """Begin a run, kill -9 it when that iteration is logged, and return its folder."""
    slow = command("tiny", "--checkpoints", root, "--pause", 0.2, *options)
    process = subprocess.Popen(slow, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def logged():
        rows = [path.read_text().count("\n") for path in root.glob("*/log.csv")]
        return rows and rows[0] > iteration + 1

    wait_for(logged, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return only_run(root)


def test_killed_within_an_epoch_and_resumed_is_as_if_never_killed(uninterrupted, tmp_path):
    run = killed_at(tmp_path, 7, "--save-every", 0)
    assert "killed" in train("--status", run).stdout
    done = train("--resume", run, "--pause", 0)
    assert "going on at batch" in done.stdout and "going on at batch 5\n" not in done.stdout
    assert_same_course(run, uninterrupted[0])


def test_killed_and_resumed_from_the_last_epoch(uninterrupted, tmp_path):
    run = killed_at(tmp_path, 8)
    assert "going on at batch 5\n" in train("--resume", run, "--pause", 0).stdout
    assert_same_course(run, uninterrupted[0])
