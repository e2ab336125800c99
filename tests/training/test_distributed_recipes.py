"""Recipes in two processes and on two devices take the course of one process: losses, character error rates, the whole state.

The tolerance is for sums in another order: float32 rounds at 6e-8, BatchNormalization on several replicas makes the variance from sums of
squares, which rounds more, and each step makes the difference larger. `benchmarks/processes.py` measures it at full size. Starting
TensorFlow takes longer than a recipe, so a process runs all of them.
"""

import shutil
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import forked
import numpy as np
import pandas as pd
import pytest
from real_recipes import RECIPES, make_recipes_small, run_calls, run_on_devices, save_small_preset

from ocr_crnn.training import launching
from ocr_crnn.training.command import main

ROOT = Path(__file__).parents[2]
RENDERED = ("--fonts", str(ROOT / "fonts"))
NUMBERS = ("--data", str(ROOT / "data/sample_numbers/1"))
CALLS = {
    # A layer that draws numbers draws others on each replica.
    "tiny": ("tiny", "--plain", "--optimizer", "sgd", "--learning-rate", "0.01", "--clipnorm", "0.5"),
    # 17 lines are kept for validation: the last batch holds one line, and the second replica none of its own.
    "crnn_sample": (
        "crnn_sample", *NUMBERS, "--augment", "--width", "64", "--batch-size", "8", "--validation", "0.034", "--optimizer", "sgd",
        "--learning-rate", "3e-5", "--steps-per-epoch", "2",
    ),
    # A batch holds as many lines as fit into the columns: an odd number every other time.
    "attention_ctc": (
        "attention_ctc", *RENDERED, *NUMBERS, "--validation", "0.02", "--columns", "700", "--withhold", "0", "--sampled-classes", "256",
        "--ema", "0.5", "--learning-rate", "1e-3", "--steps-per-epoch", "2",
    ),
    "pan_spotter": (
        "pan_spotter", *RENDERED, "--crop", "96", "--batch-size", "3", "--columns", "32", "--regions", "2", "--ramp", "0", "--optimizer",
        "sgd", "--clipnorm", "0.1", "--steps-per-epoch", "2",
    ),
}  # fmt: skip
ON_DEVICES = ("tiny", "attention_ctc")  # the spotter would be traced for each replica; in two processes each has one
TOLERANCE = 1e-4
# Biases in front of a normalisation are near 0 and move by rounding alone. Those of maps are sums over all cells of the pages, which round
# more on some processors: 2e-5 of 1.6e-4 was seen in two processes, with losses that agree.
ROUNDING = {"pan_spotter": 3e-5}
LEAST_ROUNDING = 2e-6


def call(root, recipe, *more):
    more = [*more, "--weights", str(root.parent / "preset")] if recipe == "attention_ctc" else more
    return [*CALLS[recipe], "--epochs", "1", "--checkpoints", str(root / recipe), *more]


def only_run(root):
    (run,) = root.iterdir()
    return run


@pytest.fixture(scope="module")
def courses(tmp_path_factory):
    """The folder of all runs. `one`, `devices` and `processes` hold a folder for each recipe; `went_on` runs of one process that two
    have gone on with, and `back` one of two that one has."""
    root = tmp_path_factory.mktemp("courses")
    save_small_preset(root / "preset")
    calls = [call(root / "devices", name, "--distribute", "mirrored") for name in ON_DEVICES]
    devices = forked.start(run_on_devices, 2, calls, output=root / "said")
    with pytest.MonkeyPatch.context() as patch:
        make_recipes_small(patch.setattr)
        for name in CALLS:
            assert main(RECIPES, call(root / "one", name)) == 0
        shutil.copytree(only_run(root / "one" / "tiny"), root / "went_on" / "tiny" / "run")
        assert main(RECIPES, ["--resume", str(only_run(root / "one" / "tiny")), "--epochs", "2"]) == 0
        devices.join(900)
        assert devices.exitcode == 0, (root / "said").read_text(encoding="utf-8")
        calls = [call(root / "processes", name) for name in CALLS]
        calls.append(["--resume", str(root / "went_on" / "tiny" / "run"), "--epochs", "2"])
        (root / "log").mkdir()
        # A new process would import TensorFlow again; those of test_launching.py are new ones.
        patch.setattr(launching, "multiprocessing", SimpleNamespace(get_context=forked.context))
        assert launching.train_in_processes(run_calls, None, Namespace(processes=2, calls=calls), root / "log")[:2] == (0, None)
        shutil.copytree(only_run(root / "processes" / "tiny"), root / "back" / "tiny" / "run")
        assert main(RECIPES, ["--resume", str(root / "back" / "tiny" / "run"), "--epochs", "2"]) == 0
    return root


def states(*runs):
    """The arrays of states of equal runs, side by side."""
    loaded = []
    for run in runs:
        with np.load(run / "state.npz") as file:
            loaded.append({name: file[name] for name in file.files if name.startswith("variable/")})
    assert len({tuple(state) for state in loaded}) == 1
    return [[state[name] for state in loaded] for name in loaded[0]]


def assert_same_course(run, alone, epochs):
    log, wanted_log = (pd.read_csv(folder / "log.csv") for folder in (run, alone))
    got, wanted = (pd.read_csv(folder / "history.csv") for folder in (run, alone))
    rows = len(log)
    assert rows and len(got) == epochs
    np.testing.assert_allclose(log["loss"], wanted_log["loss"][:rows], rtol=TOLERANCE)
    np.testing.assert_allclose(got[["loss", "val_loss"]], wanted[["loss", "val_loss"]][:epochs], rtol=TOLERANCE)
    for name in got.columns[got.columns.str.startswith("cer")]:
        np.testing.assert_array_equal(got[name], wanted[name][:epochs])
    for name in got.columns[got.columns.str.contains("infeasible")]:
        np.testing.assert_allclose(got[name], wanted[name][:epochs], atol=1e-6)


def assert_same_state(run, alone, rounding=LEAST_ROUNDING):
    for got, wanted in states(run, alone):
        np.testing.assert_allclose(got, wanted, rtol=TOLERANCE, atol=max(TOLERANCE * np.abs(wanted).max(), rounding))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "recipe"), [*(("processes", name) for name in CALLS), *(("devices", name) for name in ON_DEVICES)])
def test_several_take_the_course_of_one(recipe, kind, courses):
    run, alone = only_run(courses / kind / recipe), only_run(courses / "one" / recipe)
    assert_same_course(run, alone, 1)
    if recipe != "tiny":  # which went on, see below
        assert_same_state(run, alone, ROUNDING.get(recipe, LEAST_ROUNDING))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["went_on", "back"])
def test_a_run_goes_on_with_any_number_of_processes(kind, courses):
    run, alone = courses / kind / "tiny" / "run", only_run(courses / "one" / "tiny")
    assert_same_course(run, alone, 2)
    assert_same_state(run, alone)


def test_what_is_tested_is_every_recipe():
    # crnn_sample calls crnn; the others train the networks of those on batches of other lines and pages: crnn_rendered the network of
    # crnn_sample on the batches of attention_ctc. vitstr, parseq and clip4str share its batches and training; their codec alone is another.
    # pan_spotter has the network, the batches and the loss of pan, whose mean over the replicas a detector's own loss is.
    same = {"crnn": "crnn_sample", "crnn_rendered": "crnn_sample"}
    same |= dict.fromkeys(("pan", "finetune_pages", "craft", "anchor_free"), "pan_spotter")
    same |= dict.fromkeys(("finetune_lines", "vitstr", "parseq", "clip4str"), "attention_ctc")
    refuse = {"fixmatch", "seqclr"}  # more than one process and device
    assert {same.get(name, name) for name in RECIPES if name not in refuse} == set(CALLS)
