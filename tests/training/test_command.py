"""The train command on a stand-in network: run folder, kill -9 and resume, stop, background, bad surroundings."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import forked
import numpy as np
import pandas as pd
import pytest
import stand_in

from ocr_crnn.training.command import main
from ocr_crnn.training.run import load_network
from ocr_crnn.training.state import Checkpoint

STAND_IN = Path(stand_in.__file__)


def train(*arguments, code=0):
    """The command within this process."""
    assert main(stand_in.RECIPES, [str(argument) for argument in arguments]) == code


def only_run(root):
    (run,) = root.iterdir()
    return run


def wait_for(condition, process=None, limit_s=300):
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "waited too long"
        assert process is None or process.is_alive(), "the training ended early"
        time.sleep(0.05)


def arrays(path):
    with np.load(path) as file:
        return {name: file[name] for name in file.files if name != "header"}


def ended(run):
    return json.loads((run / "ended.json").read_text())["how"]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    root = tmp_path_factory.mktemp("uninterrupted")
    train("tiny", "--checkpoints", root, "--experiment", "whole")
    return only_run(root)


def assert_same_course(run, whole):
    """The same losses, the same variables (averages, dropout seeds, moments), to the last bit."""
    log, expected = (pd.read_csv(folder / "log.csv") for folder in (run, whole))
    pd.testing.assert_frame_equal(log.drop(columns="time"), expected.drop(columns="time"), check_exact=True)
    history, expected = (pd.read_csv(folder / "history.csv", index_col=0) for folder in (run, whole))
    pd.testing.assert_frame_equal(history.drop(columns="time"), expected.drop(columns="time"), rtol=1e-12)
    saved, expected = arrays(run / "state.npz"), arrays(whole / "state.npz")
    assert saved.keys() == expected.keys()
    for name in saved:
        np.testing.assert_array_equal(saved[name], expected[name], err_msg=name)


def test_run_folder(uninterrupted):
    run = uninterrupted
    assert run.name[12:] == "_whole" and run.name[:12].isdigit()
    names = {path.name for path in run.iterdir()}
    assert names >= {"config.json", "source.py", "alphabet.txt", "network.json", "log.csv", "history.csv", "state.npz", "stdout.log"}
    assert names >= {"best.weights.h5", "epoch_0003.weights.h5", "tensorboard", "ended.json"}
    assert not [name for name in names if name.startswith(".")] and "pid" not in names
    log, history = pd.read_csv(run / "log.csv"), pd.read_csv(run / "history.csv", index_col=0)
    assert list(log["iteration"]) == list(range(15)) and list(log.columns) == ["loss", "mae", "iteration", "epoch", "batch", "time"]
    assert list(history.index) == [0, 1, 2]
    np.testing.assert_allclose(history["loss"], log["loss"].to_numpy().reshape(3, 5).mean(axis=1), rtol=1e-6)
    assert ended(run) == "finished"
    assert (run / "source.py").read_text(encoding="utf-8") == STAND_IN.read_text(encoding="utf-8")
    assert "after the training" in (run / "stdout.log").read_text()


def test_the_network_is_rebuilt_from_the_run_alone(uninterrupted):
    network, alphabet = load_network(uninterrupted)
    last, _ = load_network(uninterrupted, weights=3)
    assert alphabet.characters == "가나" and network.output_shape == (None, 1)
    best = pd.read_csv(uninterrupted / "history.csv", index_col=0)["val_loss"].idxmin() + 1
    expected = network.get_weights() if best == 3 else load_network(uninterrupted, weights=int(best))[0].get_weights()
    np.testing.assert_array_equal(np.concatenate([w.ravel() for w in (last if best == 3 else network).get_weights()]),
                                  np.concatenate([w.ravel() for w in expected]))  # fmt: skip
    with pytest.raises(FileNotFoundError, match="The run has: best.weights.h5, epoch_0001"):
        load_network(uninterrupted, weights=9)


def test_killed_within_an_epoch_and_resumed_is_as_if_never_killed(uninterrupted, tmp_path):
    runs = tmp_path / "runs"
    arguments = ("tiny", "--checkpoints", runs, "--pause", 0.1, "--save-every", 0)
    process = forked.start(stand_in.run, *arguments, output=tmp_path / "said")
    wait_for(lambda: list(runs.glob("*/history.csv")), process)
    run = only_run(runs)
    wait_for(lambda: Checkpoint(run).position().step % 5 in (1, 2), process)  # an epoch has five batches
    process.kill()
    process.join()
    assert (run / "pid").exists() and not (run / "ended.json").exists()
    train("--resume", run, "--pause", 0)
    (step,) = [int(line.split()[-1]) for line in (run / "stdout.log").read_text().splitlines() if "going on at batch" in line]
    assert step >= 5 and step % 5, "killed within an epoch"
    assert_same_course(run, uninterrupted)


def test_sigterm_saves_and_leaves(uninterrupted, tmp_path):
    runs, said = tmp_path / "runs", tmp_path / "said"
    process = forked.start(stand_in.run, "tiny", "--checkpoints", runs, "--pause", 0.2, output=said)
    wait_for(lambda: list(runs.glob("*/history.csv")), process)
    process.terminate()
    process.join(300)
    run = only_run(runs)
    assert process.exitcode == 128 + signal.SIGTERM and f"--resume {run}" in said.read_text(encoding="utf-8")
    assert ended(run) == "stopped" and (run / "state.npz").exists()
    train("--resume", run, "--pause", 0)
    assert_same_course(run, uninterrupted)


def test_background_status_and_one_process_a_run(tmp_path, capsys):
    options = ["--checkpoints", str(tmp_path), "--pause", "0.1", "--epochs", "500", "--background"]
    begun = subprocess.run([sys.executable, str(STAND_IN), "tiny", *options], capture_output=True, text=True, timeout=300, check=True)
    run = only_run(tmp_path)
    assert f"tail -f {run}/stdout.log" in begun.stdout and f"kill $(cat {run}/pid)" in begun.stdout
    wait_for((run / "history.csv").exists)
    pid = int((run / "pid").read_text())
    try:
        train("--status", run)
        assert f"running, process {pid}" in (status := capsys.readouterr().out) and "last epoch: " in status
        assert os.getsid(pid) == pid, "a session of its own outlives the terminal"
        train("--resume", run, code=1)
        assert f"in use by process {pid}" in capsys.readouterr().err
    finally:
        os.kill(pid, signal.SIGTERM)
    wait_for(lambda: (run / "ended.json").exists() and not (run / "pid").exists())
    train("--status", run)
    assert "stopped: " in capsys.readouterr().out and "stopped: " in (run / "stdout.log").read_text()


def test_a_loss_that_is_no_number_ends_the_run(tmp_path, capsys):
    train("tiny", "--checkpoints", tmp_path, "--nan-at", 7, code=1)
    run = only_run(tmp_path)
    assert "Received: nan in epoch 2, batch 3" in capsys.readouterr().err and ended(run) == "diverged"
    assert len(pd.read_csv(run / "history.csv")) == 1 and (run / "best.weights.h5").exists()
    assert all(np.isfinite(array).all() for array in arrays(run / "state.npz").values())


def test_a_folder_that_cannot_be_made(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    train("tiny", "--checkpoints", tmp_path / "file", code=1)
    assert "A run needs a folder to write to" in (said := capsys.readouterr().err) and "--checkpoints" in said


@pytest.mark.parametrize("option", ["--resume", "--status"])
def test_what_is_no_run_folder(tmp_path, option, capsys):
    train(option, tmp_path, code=1)
    assert "A run folder holds config.json" in capsys.readouterr().err


def test_a_disk_that_fills_up_loses_nothing_saved(uninterrupted, tmp_path):
    train("tiny", "--checkpoints", tmp_path / "runs", "--epochs", 1)
    run = only_run(tmp_path / "runs")
    before = {path.name: path.read_bytes() for path in (run / "state.npz", run / "best.weights.h5")}
    full = forked.start(stand_in.run_on_a_full_disk, "--resume", run, "--epochs", 3, output=tmp_path / "said")
    full.join(300)
    said = (tmp_path / "said").read_text(encoding="utf-8")
    assert full.exitcode == 1 and "train.py: " in said and f"--resume {run}" in said and "Traceback" not in said, said
    assert {name: (run / name).read_bytes() for name in before} == before
    assert not list(run.glob(".unfinished*"))
    train("--resume", run, "--epochs", 3)
    assert_same_course(run, uninterrupted)


def test_another_network_is_not_resumed(tmp_path, capsys):
    train("tiny", "--checkpoints", tmp_path, "--epochs", 1)
    train("--resume", only_run(tmp_path), "--plain", code=1)
    assert "A run goes on with the network and the optimiser it began with" in capsys.readouterr().err


def test_options_given_again_replace_those_of_the_run(tmp_path):
    train("tiny", "--checkpoints", tmp_path, "--epochs", 1)
    run = only_run(tmp_path)
    train("--resume", run, "--epochs", 2, "--learning-rate", 0.01)
    config = json.loads((run / "config.json").read_text())
    assert (config["arguments"]["epochs"], config["arguments"]["learning_rate"], len(config["resumed"])) == (2, 0.01, 1)
    np.testing.assert_allclose(pd.read_csv(run / "history.csv")["learning_rate"], [0.05, 0.01], rtol=1e-6)


def test_patience_counts_over_a_resumed_run(tmp_path):
    still = ("--learning-rate", 0, "--plain", "--ema", 0, "--patience", 3)
    train("tiny", "--checkpoints", tmp_path / "whole", "--epochs", 9, *still)
    train("tiny", "--checkpoints", tmp_path / "parts", "--epochs", 2, *still)
    train("--resume", only_run(tmp_path / "parts"), "--epochs", 9)
    assert [len(pd.read_csv(only_run(tmp_path / name) / "history.csv")) for name in ("whole", "parts")] == [4, 4]


def test_lineage_schedules_and_optimisers(tmp_path):
    options = ("--optimizer", "sgd", "--schedule", "cosine", "--warmup-steps", 4, "--epochs", 2, "--learning-rate", 0.01)
    train("tiny", "--checkpoints", tmp_path / "sgd", *options)
    # warm-up to the top at step 4, then a cosine over the other 6 of 10 steps: half-way down after 3 of them.
    rates = pd.read_csv(only_run(tmp_path / "sgd") / "history.csv")["learning_rate"]
    np.testing.assert_allclose(rates, [0.01 * (1 + np.cos(np.pi / 6)) / 2, 0.0], atol=1e-8)
    train("tiny", "--checkpoints", tmp_path / "adamw", "--optimizer", "adamw", "--schedule", "inverse_time", "--epochs", 1)
