"""Presets of tiny networks get their LiteRT files by the command, and the engine reads them."""

from pathlib import Path

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

from ocr_crnn import cli
from ocr_crnn.alphabet import Alphabet
from ocr_crnn.detection.detector import TextDetector
from ocr_crnn.detection.pan import PAN
from ocr_crnn.presets import read_preset, write_preset
from ocr_crnn.presets.engine_files import read_engine_files
from ocr_crnn.reading.engine import load_recognition_engine
from ocr_crnn.recognition.attention_ctc import AttentionCTC
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.training import quantise

FONTS = Path(__file__).parents[2] / "fonts"


def run(*arguments):
    return CliRunner().invoke(cli.app, ["quantise", *map(str, arguments)])


def test_a_recogniser(tmp_path):
    keras.utils.set_random_seed(0)
    network = AttentionCTC(4, None, stages=((8, 4, 8),), height=16, units=64, num_blocks=1, num_heads=2)
    folder = TextRecognizer(network, Alphabet("가나다")).save_to_preset(tmp_path / "p")
    done = run(folder)
    assert done.exit_code == 0 and f"{folder}: " in done.output, done.output
    lines = np.random.default_rng(0).integers(0, 256, (2, 80, 16, 1), dtype=np.uint8)
    engine = load_recognition_engine(*read_preset(folder, "recognition"), interpreters=1)
    assert engine(lines, np.array([80, 50], np.int32)).lines.max() <= 1
    assert "`frames.tflite`" in (folder / "README.md").read_text()
    assert TextRecognizer.from_preset(folder).alphabet == Alphabet("가나다")
    assert "quantised as dynamic, float. Received: 'full'" in run(folder, "--as", "full").output


def test_a_detector(tmp_path, monkeypatch):
    folder = TextDetector(PAN("light", channels=8, num_fpem=1).fold()).save_to_preset(tmp_path / "p")
    monkeypatch.setattr(quantise, "calibration_pages", lambda short_side_px, max_scale, fonts: [short_side_px, max_scale, *fonts])
    monkeypatch.setattr(quantise, "convert_detection", lambda network, how, pages: (repr([how, pages]).encode(), {"stride": 4}))
    assert run(folder, "--as", "full", "--fonts", "here").exit_code == 0
    files, record = read_engine_files(*read_preset(folder, "detection"))
    assert files["maps"].decode() == "['full', [1120, 1.5, PosixPath('here')]]"
    assert record == {"version": 1, "files": {"maps": "maps.tflite"}, "stride": 4, "quantise": "full"}


def test_pages_of_calibration(tmp_path):
    pages = quantise.calibration_pages(96, 1.5, [FONTS], count=1)
    assert pages[0].dtype == np.uint8 and min(pages[0].shape[:2]) == 96
    with pytest.raises(FileNotFoundError, match="--fonts FOLDER"):
        quantise.calibration_pages(96, 1.5, [tmp_path])


def test_a_preset_without_a_network(tmp_path):
    folder = write_preset(tmp_path / "p", {"task": "language_model"}, {"a.txt": lambda path: path.write_text("a")}, "# Card\n")
    done = run(folder)
    assert done.exit_code == 1 and "detection, recognition presets. Received: " in done.output
