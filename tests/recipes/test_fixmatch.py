"""The recipe fixmatch from folders to a run, on a network of a few weights, and what it refuses."""

from pathlib import Path

import cv2
import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recipes import RECIPES
from ocr_crnn.recognition.attention_ctc import AttentionCTC
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.training.command import main, parse
from ocr_crnn.training.run import load_network


def write_folder(folder, texts):
    folder.mkdir()
    for number, text in enumerate(texts):
        image = np.random.default_rng(number).integers(0, 255, (32, 60), np.uint8)
        cv2.imwrite(str(folder / f"{number:02d}.png"), image)
        if text:
            (folder / f"{number:02d}.txt").write_text(text, encoding="utf-8")
    return str(folder)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    root = tmp_path_factory.mktemp("fixmatch")
    keras.utils.set_random_seed(0)
    network = AttentionCTC(4, None, stages=((8, 4, 8),), units=8, num_blocks=1, num_heads=2)
    TextRecognizer(network, Alphabet("가나다")).save_to_preset(root / "preset")
    unlabelled = write_folder(root / "unlabelled", ["가", None, None, "나다"])
    (root / "unlabelled" / "broken.png").write_bytes(b"no picture")
    data = write_folder(root / "data", ["가나", "다", "나가", "라", "다나", "가다"] * 2)
    return {"root": root, "data": data, "unlabelled": unlabelled, "preset": str(root / "preset")}


@pytest.fixture
def eagerly():
    """Two steps are sooner taken than compiled."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def call(paths, name, epochs, *more):
    options = ["--data", paths["data"], "--unlabelled", paths["unlabelled"], "--weights", paths["preset"], "--columns", "200"]
    options += ["--epochs", str(epochs), "--steps-per-epoch", "2", "--threshold", "0", "--schedule", "constant", "--warmup-steps", "0"]
    options += ["--ema", "0.5", "--precision", "float32", "--checkpoints", str(paths["root"] / name), "--validation", "0.3", *more]
    assert main(RECIPES, ["fixmatch", *options]) == 0
    return only_run(paths, name)


def only_run(paths, name):
    (run,) = Path(paths["root"] / name).iterdir()
    return run


def test_a_run_learns_from_both_kinds_reports_what_it_left_out_and_goes_on(paths, capsys, eagerly):
    whole = call(paths, "whole", 2, "--calibrate", "--measure", paths["data"])
    said = capsys.readouterr().out
    assert "4 lines without labels" in said and "image_unreadable" in said and "confidence calibrated on" in said
    assert "broken.png" in (whole / "report_unlabelled.csv").read_text(encoding="utf-8-sig")
    assert "unknown_character" in (whole / "report_training.csv").read_text(encoding="utf-8-sig")
    history = pd.read_csv(whole / "history.csv")
    quality = {f"{what}_{name}" for what in ("accepted", "precision", "exact") for name in ("data", "unlabelled")}
    assert {"accepted", "loss_labelled", "loss_unlabelled", "cer_data", "cer_measure", *quality} <= set(history)
    assert (history["accepted"] > 0).all() and (history["loss_unlabelled"] > 0).all()
    assert load_network(whole, "last")[1].characters == "가나다"
    half = call(paths, "half", 1, "--calibrate", "--measure", paths["data"])
    assert main(RECIPES, ["--resume", str(half), "--epochs", "2"]) == 0
    again = pd.read_csv(half / "history.csv")
    pd.testing.assert_frame_equal(history.drop(columns="time"), again.drop(columns="time"), rtol=1e-5)


@pytest.mark.parametrize(
    ("without", "more", "message"),
    [
        ("--data", [], "SeqFixMatch begins with labelled lines. Received: no --data"),
        ("--unlabelled", [], "Received: no --unlabelled. Name folders, or take --ratio 0"),
        (None, ["--ratio", "0"], "--ratio 0 leaves lines without labels out. Received: --unlabelled with it"),
        (None, ["--weights", "absent.weights.h5"], "goes on with a network that reads. Received: --weights absent.weights.h5"),
        (None, ["--weights", "absent"], "Known names: .*attention_ctc_ko"),
        (None, ["--processes", "2"], "trains in one process on one device"),
        (None, ["--measure", "absent"], "--measure names something that exists"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(paths, without, more, message):
    options = {"--data": paths["data"], "--unlabelled": paths["unlabelled"], "--weights": paths["preset"]}
    given = [word for pair in options.items() if pair[0] != without for word in pair]
    with pytest.raises((ValueError, OSError), match=message):
        RECIPES["fixmatch"][2](parse(RECIPES, ["fixmatch", *given, *more]))


@pytest.mark.parametrize(
    ("option", "value", "rule"),
    [("--threshold", "1.01", "from 0 to 1|at least 0 and at most 1"), ("--ratio", "-1", "at least 0"), ("--columns", "0", "1 or more")],
)
def test_a_number_out_of_range(option, value, rule, capsys):
    with pytest.raises(SystemExit):
        parse(RECIPES, ["fixmatch", option, value])
    said = capsys.readouterr().err
    assert f"argument {option}: The value is" in said and any(part in said for part in rule.split("|")) and f"Received: {value}" in said
