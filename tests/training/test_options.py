"""Options of the train command: every number has its range, and none does nothing beside another."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ocr_crnn.recipes import RECIPES
from ocr_crnn.training.command import main, parse

ROOT = Path(__file__).parents[2]
FONTS = str(ROOT / "fonts")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("recipe", "option", "value", "rule"),
    [
        ("crnn", "--learning-rate", "-1", "a number of at least 0"),
        ("crnn", "--learning-rate", "nan", "a number of at least 0"),
        ("crnn", "--epochs", "0", "a whole number, 1 or more"),
        ("crnn", "--epochs", "1.5", "a whole number, 1 or more"),
        ("crnn", "--batch-size", "0", "a whole number, 1 or more"),
        ("crnn", "--steps-per-epoch", "0", "a whole number, 1 or more"),
        ("crnn", "--validation", "0", "a number above 0 and below 1"),
        ("crnn", "--validation", "1", "a number above 0 and below 1"),
        ("crnn", "--clipnorm", "0", "a number above 0"),
        ("crnn", "--clipnorm", "-1", "a number above 0"),
        ("crnn", "--patience", "-1", "a whole number, 0 or more"),
        ("crnn", "--keep-last", "0", "a whole number, 1 or more"),
        ("crnn", "--ema", "1", "a number of at least 0 and below 1"),
        ("crnn", "--seed", "-1", "a whole number from 0 to 4294967295"),
        ("crnn", "--width", "0", "a whole number, 32 or more"),
        ("crnn", "--longest", "0", "a whole number, 1 or more"),
        ("attention_ctc", "--columns", "0", "a whole number, 1 or more"),
        ("attention_ctc", "--withhold", "-1", "a whole number, 0 or more"),
        ("attention_ctc", "--renderers", "0", "a whole number, 1 or more"),
        ("pan", "--crop", "0", "a whole number, 32 or more, a multiple of 32"),
        ("pan", "--crop", "100", "a whole number, 32 or more, a multiple of 32"),
        ("pan", "--shrink-rate", "0", "a number above 0 and at most 1"),
    ],
)
def test_a_number_out_of_range(recipe, option, value, rule, tmp_path, capsys):
    with pytest.raises(SystemExit) as leaving:
        main(RECIPES, [recipe, option, value])
    said = capsys.readouterr().err
    assert leaving.value.code == 2 and f"argument {option}: The value is {rule}. Received: {value}. Give " in said
    assert not list(tmp_path.iterdir())


def test_the_number_that_is_proposed_is_right(capsys):
    for option, value, right in (("--crop", "100", "96"), ("--validation", "1", "0.5"), ("--epochs", "0", "1"), ("--seed", "-1", "0")):
        recipe = "pan" if option == "--crop" else "crnn"
        with pytest.raises(SystemExit):
            parse(RECIPES, [recipe, option, value])
        assert f"Give {right}, for example." in capsys.readouterr().err
        assert parse(RECIPES, [recipe, option, right]).recipe == recipe


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["crnn", "--weight-decay", "0.1"], "--weight-decay is an option of adamw. Received: --optimizer sgd."),
        (["crnn", "--schedule", "inverse_time", "--warmup-steps", "9"], "A warm-up goes with constant and cosine."),
    ],
)
def test_an_option_that_does_nothing_beside_another(arguments, rule, tmp_path, capsys):
    with pytest.raises(SystemExit) as leaving:
        main(RECIPES, arguments)
    assert leaving.value.code == 2 and rule in capsys.readouterr().err and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["attention_ctc", "--batch-size", "4"], "Received: --batch-size 4. Take --columns"),
        (["attention_ctc", "--words", "absent"], "--words names something that exists. Received: absent"),
        (["pan", "--batch-size", "25"], "A batch has at most 24 crops. Received: --batch-size 25"),
        (["pan", "--corpus", "absent"], "--corpus names something that exists. Received: absent"),
        (["pan", "--weights", "pan_light_ko", "--backbone", "resnet18"], "A preset brings its own backbone. Received: --backbone resnet18"),
        (["pan", "--weights", "absent"], "Received: 'absent'. Known names: anchor_free_ko, craft_light_ko, pan_light_ko"),
        (["pan", "--weights", "absent.weights.h5"], "--weights names something that exists. Received: absent.weights.h5"),
        (["craft", "--weak", "absent"], "--weak names something that exists. Received: absent"),
        (["craft", "--weak-ratio", "1:2"], "Received: --weak-ratio without --weak. Leave it out, or name pages."),
        (["craft", "--weak", ".", "--processes", "2"], "labelled in one process. Received: --processes or --distribute."),
        (["pan", "--weak", ".", "--relabel-every", "100"], "pan learns texts, not characters. Received: --relabel-every."),
        (["crnn", "--data", "."], "Received: ."),
        (["crnn", "--data", "absent"], "Received: absent"),
    ],
)
@pytest.mark.parametrize("background", [False, True])
def test_what_a_recipe_refuses_leaves_no_folder_and_detaches_nothing(arguments, rule, background, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: pytest.fail("it has detached"))
    fonts = [] if arguments[0] == "crnn" else ["--fonts", FONTS]
    assert main(RECIPES, [*arguments, *fonts, *(["--background"] if background else [])]) == 1
    assert rule in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_a_backbone_that_the_preset_has_may_be_named():
    args = parse(RECIPES, ["pan", "--fonts", FONTS, "--weights", "pan_light_ko", "--backbone", "light"])
    RECIPES["pan"][2](args)  # refuses nothing
    assert "backbone" in args.given
    args.backbone = "resnet50"
    with pytest.raises(ValueError, match="brings its own backbone. Received: --backbone resnet50"):
        RECIPES["pan"][2](args)


def test_the_options_on_the_command_line_are_known():
    assert parse(RECIPES, ["crnn", "--learning-rate", "0", "--freeze", "--gru"]).given == {"learning_rate", "freeze", "gru"}


@pytest.mark.parametrize(
    ("start", "arguments"),
    [
        ("train.py", ["--help"]),
        ("train.py", ["crnn", "--help"]),
        ("train.py", ["pan", "--help"]),
        ("train.py", ["--status", "RUN"]),
        ("ocr-crnn", ["--help"]),
        ("ocr-crnn", ["train", "--help"]),
        ("ocr-crnn", ["train", "--status", "RUN"]),
    ],
)
def test_help_and_status_come_without_tensorflow(start, arguments, tmp_path):
    config = {"recipe": "crnn", "arguments": {"epochs": 3}, "began": "2026-01-01T00:00:00", "resumed": []}
    (tmp_path / "config.json").write_text(json.dumps(config))
    arguments = [str(tmp_path) if argument == "RUN" else argument for argument in arguments]
    script = f"""
import runpy, sys
sys.argv = {[start, *arguments]!r}
try:
    {f"runpy.run_path({str(ROOT / 'train.py')!r}, run_name='__main__')" if start == "train.py" else "from ocr_crnn.cli import main; main()"}
except SystemExit as leaving:
    assert not leaving.code, leaving.code
assert not {{"tensorflow", "keras"}} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert ("about to begin, or killed before its first batch" if "--status" in arguments else "Usage" if start == "ocr-crnn" and
            arguments == ["--help"] else "usage") in done.stdout  # fmt: skip
