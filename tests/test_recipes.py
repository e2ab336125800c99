import numpy as np
import pytest

from ocr_crnn import recipes
from ocr_crnn.alphabet import Alphabet
from ocr_crnn.presets import PresetError
from ocr_crnn.recognition.attention_ctc import AttentionCTC
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.training.command import parse


def test_a_training_begins_with_a_preset(tmp_path):
    network = AttentionCTC(4, stages=((8, 4, 8),), units=8, num_blocks=1, num_heads=2)
    TextRecognizer(network, Alphabet("가나다")).save_to_preset(tmp_path / "mine")
    loaded, alphabet = recipes._load_recognizer(str(tmp_path / "mine"))
    assert alphabet.characters == "가나다"
    for variable, again in zip(network.variables, loaded.variables, strict=True):
        np.testing.assert_allclose(np.asarray(variable), np.asarray(again), atol=1e-3)


def test_unknown_weights_list_the_presets(tmp_path):
    with pytest.raises(PresetError, match="attention_ctc_ko"):
        recipes._load_recognizer(str(tmp_path / "absent"))


def test_the_lineage_network_with_convolutions(capsys):
    args = parse(recipes.RECIPES, ["crnn", "--cnn", "--data", "data/sample_numbers/1", "--width", "256", "--cache", "memory"])
    network = recipes.crnn(args).network
    names = {layer.name for layer in network.layers}
    assert {"conv1d_12", "concatenate_6"} <= names and not any(name.startswith("bidirectional") for name in names)
    with pytest.raises(SystemExit):
        parse(recipes.RECIPES, ["crnn", "--cnn", "--gru"])
    assert "not allowed with argument" in capsys.readouterr().err
