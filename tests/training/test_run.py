"""Calls that are refused, runs that are killed early, and what can be done with them afterwards."""

import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import forked
import h5py
import numpy as np
import pytest
import stand_in

from ocr_crnn.training import run as runs
from ocr_crnn.training.command import CALL_OPTIONS, StopRequest, main, parse
from ocr_crnn.training.run import Occupied, create_run_folder, load_network, load_recognizer, make_config, read_config


def train(*arguments, code=0, recipes=stand_in.RECIPES):
    assert main(recipes, [str(argument) for argument in arguments]) == code


def only_run(root):
    (run,) = root.iterdir()
    return run


def young_run(root):
    """A run folder as it is right after it was made."""
    arguments = vars(parse(stand_in.RECIPES, ["tiny", "--epochs", "1", "--seed", "3"]))
    config = make_config("tiny", {name: value for name, value in arguments.items() if name not in CALL_OPTIONS})
    return create_run_folder(root, "young", config)


def refusing(error):
    def build(args):
        """Never builds."""
        raise error

    return {"tiny": (stand_in.tiny_options, build)}


@pytest.mark.parametrize("error", [ValueError("no such layer"), FileNotFoundError("no data")])
def test_a_refused_call_leaves_no_folder(tmp_path, error, capsys):
    train("tiny", "--checkpoints", tmp_path / "runs", code=1, recipes=refusing(error))
    said = capsys.readouterr().err
    assert str(error) in said and "--resume" not in said and not list((tmp_path / "runs").iterdir())


def test_a_run_that_failed_after_it_began_keeps_its_folder(tmp_path, capsys):
    def fails_later(args):
        """Fails in its second batch."""
        import tensorflow as tf

        experiment = stand_in.tiny(args)

        def batches(first):
            def fail():
                yield from experiment.batches(first).take(1)
                raise ValueError("a broken image")

            return tf.data.Dataset.from_generator(fail, output_signature=experiment.batches(0).element_spec)

        return replace(experiment, batches=batches)

    with pytest.raises(Exception, match="a broken image"):
        train("tiny", "--checkpoints", tmp_path, recipes={"tiny": (stand_in.tiny_options, fails_later)})
    run = only_run(tmp_path)
    assert json.loads((run / "ended.json").read_text())["how"] == "failed"
    train("--status", run)
    assert "a broken image" in capsys.readouterr().out
    train("--resume", run)


def test_a_run_killed_before_its_first_batch_is_told_and_resumed(tmp_path, capsys):
    arguments, said = ("tiny", "--checkpoints", tmp_path / "runs", "--epochs", 1, "--pause", 60), tmp_path / "said"
    process = forked.start(stand_in.run, *arguments, output=said)
    while not (said.exists() and "run folder: " in said.read_text(encoding="utf-8")):
        assert process.is_alive()
        time.sleep(0.05)
    process.kill()
    process.join()
    run = only_run(tmp_path / "runs")
    (run / "log.csv").touch()  # as a kill between its making and its first row leaves it
    train("--status", run)
    assert "killed before its first batch" in (said := capsys.readouterr().out) and f"--resume {run}" in said
    train("--resume", run, "--pause", 0)
    assert (run / "best.weights.h5").exists()


def test_a_folder_has_its_config_from_the_first_moment(tmp_path, capsys):
    run = young_run(tmp_path)
    assert read_config(run)["arguments"]["seed"] == 3 and read_config(run)["resumed"] == []
    train("--status", run)
    assert "about to begin" in capsys.readouterr().out
    train("--resume", run)
    assert len(read_config(run)["resumed"]) == 1


def test_a_folder_is_there_with_its_config_or_not_at_all(tmp_path, monkeypatch):
    (tmp_path / ".x.unfinished.abcdefgh").mkdir()  # of a run that was killed in its first moment

    def kill(path, content):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(runs, "write_json", kill)
        with pytest.raises(KeyboardInterrupt):
            young_run(tmp_path)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(runs, "datetime", SimpleNamespace(now=lambda: datetime(2026, 1, 2, 3, 4)))
    first, second = create_run_folder(tmp_path, "same", {}), create_run_folder(tmp_path, "same", {})
    assert (first.name, second.name) == ("202601020304_same", "202601020304_same_2") and len(list(tmp_path.iterdir())) == 2


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    root = tmp_path_factory.mktemp("trained")
    train("tiny", "--checkpoints", root, "--epochs", 1)
    return only_run(root)


@pytest.fixture
def copied(trained, tmp_path):
    return Path(shutil.copytree(trained, tmp_path / "copy"))


@pytest.mark.parametrize("name", ["config.json", "state.npz", "log.csv", "network.json"])
@pytest.mark.parametrize("contents", [b"\xff\0{", None])
def test_a_damaged_file_is_named_with_what_to_do(copied, name, contents, capsys):
    whole = (copied / name).read_bytes()
    (copied / name).write_bytes(whole[: len(whole) // 2] if contents is None else contents)
    if name == "network.json":
        with pytest.raises(OSError, match="files of a run are whole. Received: .*network.json.*Copy it"):
            load_network(copied)
        return
    resumed = main(stand_in.RECIPES, ["--resume", str(copied), "--epochs", "2"])
    said = capsys.readouterr().err
    if name == "log.csv" and contents is not None:
        assert (resumed, "Move it away" in said) in ((0, False), (1, True))
    elif name != "log.csv":
        assert resumed == 1 and f"{copied / name}" in said and f"--weights {copied}" in said and "Traceback" not in said


def change_network(run, **changes):
    """Another value for the first layer, and for the description itself."""
    description = json.loads((run / "network.json").read_text())
    description |= {name: value for name, value in changes.items() if name in ("module", "class_name", "config")}
    if "config" not in changes:
        layers = description["config"]["layers"]
        config = next(layer["config"] for layer in layers if layer["class_name"] not in ("InputLayer", "Functional"))
        config |= {name: value for name, value in changes.items() if name not in description}
    (run / "network.json").write_text(json.dumps(description))


@pytest.mark.parametrize(
    "changes",
    [
        {"filters": 60_000, "units": 60_000}, {"filters": 10**9, "units": 10**9}, {"module": "ocr_crnn.__main__", "class_name": "Gone"},
        {"class_name": ["a"]}, {"config": None}, {"config": {"layers": [{"class_name": "Lambda"}]}}, {"config": [[0]] * 30},
    ],
)  # fmt: skip
def test_a_network_that_the_weights_are_not_of_is_refused(copied, changes):
    change_network(copied, **changes)
    with pytest.raises(OSError, match=r"describes the network of the run. Received: .*network\.json: .* Copy it"):
        load_network(copied)


def test_what_a_recogniser_needs_is_there_or_told(copied):
    with pytest.raises(OSError, match=r"a run of one, with its alphabet. Received: .* Name another"):
        load_recognizer(copied)
    (copied / "network.json").unlink()
    with pytest.raises(OSError, match=r"are all there. Received: .*network\.json, which is not"):
        load_network(copied)


def test_a_description_of_no_network_is_refused(copied):
    (copied / "network.json").write_text('{"layers": 1}')
    with pytest.raises(OSError, match="a dict in place of a network. Copy it"):
        load_network(copied)


def test_weights_with_links_are_refused(copied):
    with h5py.File(copied / "best.weights.h5", "r+") as file:
        file["elsewhere"] = h5py.ExternalLink("/etc/passwd", "/")
    with pytest.raises(ValueError, match="leads elsewhere"):
        load_network(copied)


TABLES = [b"", b"\0\xff", b'"a', b"epoch,batch,loss\n", b"epoch,loss\n0,1", b"epoch,batch,loss\n1,2,3\n0,1", None]


@pytest.mark.parametrize("name", ["log.csv", "history.csv", "ended.json"])
@pytest.mark.parametrize("contents", TABLES)
def test_the_status_of_a_run_with_damaged_tables(copied, name, contents, capsys):
    whole = (copied / name).read_bytes()
    (copied / name).write_bytes(whole[:-7] if contents is None else contents)
    train("--status", copied)
    assert f"go on: python train.py --resume {copied}" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_told_with_what_to_do(tmp_path):
    with pytest.raises(runs.RunFolderError, match="The files of a run are all there. Received: .*network.json, which is not. Copy it"):
        runs.read_json(tmp_path / "network.json")


def test_a_run_of_a_recogniser_has_its_alphabet(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"recipe": "x", "arguments": {}, "began": "", "resumed": []}))
    with pytest.raises(runs.RunFolderError, match="with its alphabet. Received: .* with no alphabet.txt"):
        runs.make_recognizer(tmp_path, SimpleNamespace(as_engine=lambda preprocess=None: None), None)


def test_a_config_that_lacks_a_part_is_told(copied, capsys):
    (copied / "config.json").write_text('{"recipe": "tiny"}')
    train("--status", copied, code=1)
    assert "without arguments, began, resumed" in capsys.readouterr().err


def test_what_a_killed_training_was_writing_goes_when_it_goes_on(copied):
    (copied / ".state.npz.unfinished.abcdefgh").mkdir()
    (copied / ".state.npz.unfinished.abcdefgh" / "state.npz").touch()
    with Occupied(copied):
        assert not [path.name for path in copied.iterdir() if path.name.startswith(".")]


def test_a_closed_terminal_stops_a_training_as_kill_does():
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        with StopRequest() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert stop.requested() and stop.signal == signal.SIGHUP
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_background_run_that_fails_while_building_is_told_and_resumed(tmp_path, capsys):
    run = young_run(tmp_path)
    train("tiny", "--run-folder", run, code=1, recipes=refusing(FileNotFoundError("the disk is not mounted")))
    assert f"--resume {run}" in capsys.readouterr().err
    train("--status", run)
    assert "failed: the disk is not mounted" in capsys.readouterr().out
    train("--resume", run)
    assert (run / "best.weights.h5").exists()


def test_a_refused_resumption_leaves_the_run_as_it_was(tmp_path, capsys):
    train("tiny", "--checkpoints", tmp_path, "--epochs", 1)
    run = only_run(tmp_path)
    before = {name: (run / name).read_bytes() for name in ("config.json", "network.json", "log.csv", "state.npz")}
    train("--resume", run, "--plain", "--epochs", 2, code=1)
    assert {name: (run / name).read_bytes() for name in before} == before
    load_network(run)
    train("--resume", run, "--epochs", 2)


@pytest.mark.parametrize(("option", "value"), [("--experiment", "other"), ("--checkpoints", "elsewhere")])
def test_a_resumed_run_stays_in_its_folder(tmp_path, option, value, capsys):
    run = young_run(tmp_path)
    with pytest.raises(SystemExit) as leaving:
        train("--resume", run, option, value)
    assert leaving.value.code == 2 and f"{option} with --resume {run}" in capsys.readouterr().err


def test_a_run_goes_on_with_its_own_recipe(tmp_path, capsys):
    run = young_run(tmp_path)
    with pytest.raises(SystemExit) as leaving:
        train("other", "--resume", run, recipes={**stand_in.RECIPES, "other": stand_in.RECIPES["tiny"]})
    assert leaving.value.code == 2 and "Received: other for a run of tiny" in capsys.readouterr().err


def test_a_second_process_does_not_detach_into_a_run_in_use(tmp_path, capsys, monkeypatch):
    run = young_run(tmp_path)
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: pytest.fail("it has detached"))
    with Occupied(run):
        train("--resume", run, "--background", code=1)
    assert f"in use by process {os.getpid()}" in capsys.readouterr().err


def test_a_distribution_that_is_not_set_up_is_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    train("tiny", "--checkpoints", tmp_path, "--distribute", "multiworker", code=1)
    assert "needs TF_CONFIG" in capsys.readouterr().err and not list(tmp_path.iterdir())


@pytest.mark.parametrize("patience", [0, 20])
def test_what_is_measured_in_the_end_is_what_the_last_line_names(tmp_path, capsys, patience):
    # A rate that grows the loss: the first epoch is the best, the last is not.
    worse = ("--learning-rate", 2, "--plain", "--ema", 0, "--optimizer", "adam", "--epochs", 4, "--patience", patience)
    train("tiny", "--checkpoints", tmp_path / "runs", *worse, "--dump", tmp_path / "after.npz")
    run = only_run(tmp_path / "runs")
    best, _ = load_network(run)
    with np.load(tmp_path / "after.npz") as file:
        for name, expected in zip(file.files, best.get_weights(), strict=True):
            np.testing.assert_array_equal(file[name], expected)
    import pandas as pd

    number = int(pd.read_csv(run / "history.csv", index_col=0)["val_loss"].idxmin()) + 1
    assert number < 4, "the last epoch must not be the best, or nothing is tested"
    assert f"best weights of epoch {number}: {Path(run) / 'best.weights.h5'}" in capsys.readouterr().out
