"""train.py: short, offers every recipe, and the same command is `ocr-crnn train`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ocr_crnn.cli import app
from ocr_crnn.recipes import RECIPES
from ocr_crnn.training.command import build_parser, main

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
