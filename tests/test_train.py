"""train.py: short, offers every recipe, and the same command is `ocr-crnn train`."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numbers_set import write_numbers
from real_recipes import make_crnn_small
from typer.testing import CliRunner

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.cli import app
from ocr_crnn.recipes import RECIPES
from ocr_crnn.training.command import build_parser, main
from ocr_crnn.training.run import load_network

TRAIN = Path(__file__).parents[1] / "train.py"


def test_it_is_short():
    assert len(TRAIN.read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_explains_itself_and_needs_no_option(name, capsys):
    with pytest.raises(SystemExit) as leaving:
        main(RECIPES, [name, "--help"])
    shown = capsys.readouterr().out
    assert leaving.value.code == 0 and "--resume RUN" in shown and "--background" in shown
    arguments = build_parser(RECIPES)[0].parse_args([name])
    assert arguments.recipe == name and arguments.experiment == name


def test_the_issue_of_a_wrong_option_is_said(capsys):
    with pytest.raises(SystemExit) as leaving:
        main(RECIPES, [next(iter(RECIPES)), "--learningrate", "1"])
    assert leaving.value.code == 2 and "--learningrate" in capsys.readouterr().err


def test_the_command_line_is_the_same(tmp_path):
    done = CliRunner().invoke(app, ["train", "--status", str(tmp_path)])
    assert done.exit_code == 1
    assert "A run folder holds config.json" in done.output


@pytest.mark.slow
def test_the_crnn_recipe_from_data_to_a_network_that_reads(tmp_path, capsys, monkeypatch):
    make_crnn_small(monkeypatch.setattr)
    write_numbers(tmp_path / "data", 30, np.random.default_rng(0))
    options = ["--data", tmp_path / "data", "--validation", 0.2, "--width", 128, "--batch-size", 8, "--steps-per-epoch", 2]
    options += ["--characters", "0123456789", "--longest", 5, "--freeze", "conv1_1", "conv2_1", "--checkpoints", tmp_path / "runs"]
    Alphabet("012345678").save(tmp_path / "no_nine.txt")
    options += ["--alphabet", tmp_path / "no_nine.txt"]
    assert main(RECIPES, ["crnn", "--epochs", "1", *map(str, options)]) == 0
    (run,) = (tmp_path / "runs").iterdir()
    assert main(RECIPES, ["--resume", str(run), "--epochs", "2"]) == 0
    assert "Frozen 2 layers" in (said := capsys.readouterr().out) and "CER before: " in said and said.count("CER after: ") == 2
    assert " lines left out (" in said and "unknown_character" in said
    report = pd.read_csv(run / "report_training.csv")
    assert set(report["kind"]) == {"unknown_character"} and set(report["detail"].astype(str)) == {"9"}
    history = pd.read_csv(run / "history.csv", index_col=0)
    assert list(history.index) == [0, 1] and {"loss", "val_loss", "cer", "learning_rate"} <= set(history.columns)
    network, alphabet = load_network(run)
    assert network.name == "crnn" and network.output_shape == (None, 30, len(alphabet)) and alphabet.covers("012345678")


@pytest.mark.parametrize("data", ["nothing/here", "."])
def test_data_that_are_not_there(tmp_path, data, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(RECIPES, ["crnn", "--data", data]) == 1
    assert f"Received: {data}" in (said := capsys.readouterr().err) and "Traceback" not in said
