"""The recipe seqclr from a folder of images to a supervised run that begins with it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from real_recipes import make_recipes_small

from ocr_crnn import recipes
from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recipes.lines import begin_with, load_before
from ocr_crnn.recognition.attention_ctc import AttentionCTC
from ocr_crnn.recognition.vitstr import ViTSTR
from ocr_crnn.training.checks import check_seqclr
from ocr_crnn.training.command import main, parse

FONTS = str(Path(__file__).parents[2] / "fonts")


@pytest.fixture(scope="module")
def patched():
    with pytest.MonkeyPatch.context() as patch:
        make_recipes_small(patch.setattr)
        yield


@pytest.fixture(scope="module")
def run(patched, tmp_path_factory):
    """A run of one epoch on six lines, one of them too short, beside a file that is no image."""
    root = tmp_path_factory.mktemp("seqclr")
    (root / "lines").mkdir()
    for number, width in enumerate((96, 80, 112, 64, 90, 8)):
        pixels = np.random.default_rng(number).integers(0, 256, (32, width), np.uint8)
        Image.fromarray(pixels).save(root / "lines" / f"{number}.png")
    (root / "lines" / "broken.png").write_bytes(b"no image")
    Alphabet("가나다").save(root / "alphabet.txt")
    call = ["seqclr", "--unlabelled", str(root / "lines"), "--alphabet", str(root / "alphabet.txt"), "--columns", "300", "--windows", "3"]
    call += ["--epochs", "1", "--steps-per-epoch", "2", "--checkpoints", str(root / "runs")]
    assert main(recipes.RECIPES, call) == 0
    (folder,) = (root / "runs").iterdir()
    return folder


def test_a_run_tells_its_loss_and_what_was_left_out(run):
    history = (run / "history.csv").read_text()
    assert all(name in history for name in ("loss", "matched", "spread"))
    report = (run / "report_unlabelled.csv").read_text()
    assert report.count("image_unreadable") == 1 and "broken.png" in report and report.count("too_small") == 1


def options(*arguments):
    return parse(recipes.RECIPES, [*arguments, "--fonts", FONTS, "--withhold", "0"])


def test_a_supervised_recipe_begins_with_the_encoder_and_says_so(run, patched, tmp_path, capsys):
    Alphabet("가나다라 0123456789").save(tmp_path / "other.txt")
    before, _ = load_before(str(run))
    experiment = recipes.attention_ctc(options("attention_ctc", "--alphabet", str(tmp_path / "other.txt"), "--weights", str(run)))
    assert "of the encoder taken; begin anew: head" in capsys.readouterr().out
    for taken, variable in zip(before.features.variables, experiment.network.features.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(taken), np.asarray(variable))


def test_an_encoder_of_another_network_is_refused(run):
    other = ViTSTR(5, stem="columns", width=64, positions=5, units=16, num_blocks=1, num_heads=2)
    with pytest.raises(ValueError, match=r"An encoder is that of the same network. Received: .*Take the options of its own config.json."):
        begin_with(str(run), other, Alphabet("가나다라"))


def test_weights_of_the_same_alphabet_are_taken_whole(run, patched, capsys):
    before, alphabet = load_before(str(run))
    again = AttentionCTC.from_config(before.get_config())
    again.build({"image": (None, None, 32, 1), "width": (None,)})
    begin_with(str(run), again, alphabet)
    assert "variables taken; what reads the frames is as before the training without labels" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ([], "Received: none. Name images of lines"),
        (["--unlabelled", "x", "--detector", "y"], "Received: --detector without --pages"),
        (["--unlabelled", "x", "--instances", "all", "--windows", "3"], "Received: --windows with --instances all"),
        (["--unlabelled", "x", "--weights", "attention_ctc_ko", "--no-hanja"], "Received: --no-hanja with --weights attention_ctc_ko"),
        (["--unlabelled", "x", "--weights", "a.weights.h5"], "Name the folder of its run"),
        (["--unlabelled", "x", "--processes", "2"], "Received: --processes or --distribute"),
    ],
)
def test_options_that_would_do_nothing_are_refused(arguments, rule):
    with pytest.raises(ValueError, match=rule):
        check_seqclr(parse(recipes.RECIPES, ["seqclr", *arguments]))


def test_an_empty_folder_and_a_temperature_of_nothing_are_refused(patched, tmp_path, capsys):
    assert main(recipes.RECIPES, ["seqclr", "--unlabelled", str(tmp_path), "--checkpoints", str(tmp_path / "runs")]) == 1
    assert "At least one image of a line" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        parse(recipes.RECIPES, ["seqclr", "--temperature", "0"])
    assert "a number above 0. Received: 0" in capsys.readouterr().err


def test_lines_are_cut_out_of_pages_as_reading_cuts_them(monkeypatch):
    from types import SimpleNamespace

    from ocr_crnn.reading import loading
    from ocr_crnn.recipes.seqclr import _make_crop

    quads = np.array([[[10, 10], [110, 10], [110, 30], [10, 30]], [[150, 5], [160, 5], [160, 90], [150, 90]]], np.float32)
    monkeypatch.setattr(loading, "load_detector", lambda preset: lambda image: SimpleNamespace(quads=quads))
    line, upright = _make_crop(None)(np.zeros((100, 200, 3), np.uint8))
    assert upright is None
    assert line.ndim == 2 and 100 <= line.shape[1] <= 110 and 20 <= line.shape[0] <= 30
    monkeypatch.setattr(loading, "load_detector", lambda preset: lambda image: SimpleNamespace(quads=np.zeros((0, 4, 2), np.float32)))
    assert _make_crop(None)(np.zeros((100, 200, 3), np.uint8)) == []
