"""The recogniser as a LiteRT model, on a network small enough to convert in seconds."""

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

from ocr_crnn import cli
from ocr_crnn.alphabet import Alphabet
from ocr_crnn.presets.engine_files import LiteRTError
from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.serving import litert

ALPHABET = Alphabet("가나다라마바사아자차 123")


@pytest.fixture(scope="module")
def recognizer():
    keras.utils.set_random_seed(3)
    stages = ((8, 2, 2), (16, 2, 2))
    network = AttentionCTC(len(ALPHABET), syllable_places(ALPHABET), height=16, stages=stages, units=64, num_blocks=1, num_heads=2, rank=8)
    network.head.residual.assign(np.random.default_rng(0).normal(size=network.head.residual.shape))
    network.head.kernel.assign(4.0 * network.head.kernel.numpy())
    return TextRecognizer(network, ALPHABET)


@pytest.fixture(scope="module")
def folders(recognizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("litert")
    return [litert.export_litert(recognizer, folder / name, int8=name == "int8").parent for name in ("float", "int8")]


def lines():
    rng = np.random.default_rng(1)
    return [rng.integers(0, 255, (height, width), np.uint8) for height, width in ((16, 100), (32, 90), (16, 100), (20, 7), (16, 400))]


def test_it_reads_what_the_network_reads(recognizer, folders):
    expected, read = recognizer(lines()), litert.LiteRTRecognizer(folders[0])(lines())
    assert any(line.text for line in expected)
    for one, other in zip(read, expected, strict=True):
        assert one.text == other.text and one.score == pytest.approx(other.score, abs=1e-3)
        np.testing.assert_allclose(one.character_scores, other.character_scores, atol=1e-3)
        np.testing.assert_allclose(one.spans_px, other.spans_px, rtol=0.2, atol=0.5)  # frames of the padded and the exact width
        assert one.spans_px.dtype == other.spans_px.dtype and one.character_scores.dtype == other.character_scores.dtype


def test_quantised_it_is_smaller_and_reads_nearly_the_same(recognizer, folders):
    sizes = [(folder / litert.MODEL).stat().st_size for folder in folders]
    assert sizes[1] < 0.6 * sizes[0]
    expected, read = recognizer(lines()), litert.LiteRTRecognizer(folders[1], threads=1)(lines())
    same = [a == b for one, other in zip(read, expected, strict=True) for a, b in zip(one.text, other.text, strict=False)]
    assert len(same) > 20 and np.mean(same) > 0.5


def test_an_absent_model_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match="export --format litert"):
        litert.LiteRTRecognizer(tmp_path)


def test_nothing_is_written_where_nothing_converts(recognizer, tmp_path, monkeypatch):
    import tensorflow

    monkeypatch.delattr(tensorflow, "lite")
    with pytest.raises(LiteRTError, match=r"without tf\.lite"):
        litert.export_litert(recognizer, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command(recognizer, tmp_path, monkeypatch):
    monkeypatch.setattr(TextRecognizer, "from_preset", lambda *preset: recognizer)
    monkeypatch.setattr(litert, "convert", lambda network, int8: b"model" * (1 + int8))
    done = CliRunner().invoke(cli.app, ["export", "--format", "litert", "--int8", "--to", str(tmp_path / "out")])
    assert done.exit_code == 0 and "recognizer.tflite" in done.output, done.output
    assert (tmp_path / "out" / litert.MODEL).read_bytes() == b"modelmodel"
    assert Alphabet.load(tmp_path / "out" / litert.ALPHABET).characters == ALPHABET.characters
    for arguments, message in ((["--format", "onnx"], "savedmodel, litert"), (["--int8"], "--int8 without --format litert")):
        done = CliRunner().invoke(cli.app, ["export", "--to", str(tmp_path / "1"), *arguments])
        assert done.exit_code == 1 and message in done.stderr
