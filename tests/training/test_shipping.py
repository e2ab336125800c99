import json

import numpy as np
import pytest
from small_run import ALPHABET, make_run

from ocr_crnn.detection.characters import CharacterDecoder
from ocr_crnn.detection.craft import CRAFT
from ocr_crnn.detection.detector import TextDetector
from ocr_crnn.detection.pan import PAN
from ocr_crnn.detection.spotting import PANSpotter
from ocr_crnn.presets import PresetError
from ocr_crnn.recognition.attention_ctc import syllable_places
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.spotting.text_spotter import TextSpotter
from ocr_crnn.training.shipping import ship, stages_of


def begin_with(run, weights):
    """Say in a run's config.json that it began with these weights."""
    config = json.loads((run / "config.json").read_text())
    config["arguments"]["weights"] = str(weights)
    (run / "config.json").write_text(json.dumps(config))


def test_the_last_run_is_shipped_and_every_run_is_told(tmp_path):
    make_run(tmp_path / "first", 1200)
    network = make_run(tmp_path / "second", 34)
    _, size = ship([tmp_path / "first", tmp_path / "second"], tmp_path / "mine", notes="Texts: my own.", settings={"min_score": 0.7})
    assert size == (tmp_path / "mine" / "weights.npz").stat().st_size
    again = TextRecognizer.from_preset(tmp_path / "mine")
    np.testing.assert_allclose(np.asarray(again.network.get_weights()[0]), np.asarray(network.get_weights()[0]), atol=1e-3)
    assert again.min_score == 0.7
    card = (tmp_path / "mine" / "README.md").read_text()
    assert card.startswith("# mine\n") and card.endswith("Texts: my own.\n")
    assert "1,200 batches" in card and "34 batches" in card and "source 0123456789ab." in card
    assert "--corpus texts --columns 800\n" in card and "somebody" not in card
    assert "| 1 | 1.0000 | 0.5000 |" in card and "| 20 | 0.0500 | 0.0250 |" in card


def test_the_stages_of_an_earlier_card_come_first(tmp_path):
    make_run(tmp_path / "first", 1200)
    ship([tmp_path / "first"], tmp_path / "one", notes="## Sources\n\nTexts: my own.")
    (told,) = stages_of((tmp_path / "one" / "README.md").read_text())
    assert told.startswith("```") and "1,200 batches" in told and "my own" not in told
    make_run(tmp_path / "second", 34)
    ship([tmp_path / "second"], tmp_path / "two", earlier=[told])
    card = (tmp_path / "two" / "README.md").read_text()
    assert card.index("### Stage 1") < card.index("1,200 batches") < card.index("### Stage 2") < card.index("34 batches")


def test_weights_between_a_run_and_what_it_began_with(tmp_path):
    old = make_run(tmp_path / "first", 10)
    ship([tmp_path / "first"], tmp_path / "one")
    new = make_run(tmp_path / "second", 20)
    begin_with(tmp_path / "second", tmp_path / "one")
    mixed, _ = ship([tmp_path / "second"], tmp_path / "two", share=0.25)
    for variable, before, after in zip(mixed.network.get_weights(), old.get_weights(), new.get_weights(), strict=True):
        np.testing.assert_allclose(variable, 0.75 * before + 0.25 * after, atol=2e-3)


def test_settings_go_on_from_the_preset_that_the_training_began_with(tmp_path):
    make_run(tmp_path / "first", 10)
    settings = {"min_score": 0.4, "prepare": True, "calibration": [0.9, 0.1]}
    ship([tmp_path / "first"], tmp_path / "one", settings=settings)
    make_run(tmp_path / "second", 20)
    begin_with(tmp_path / "second", tmp_path / "one")
    task, _ = ship([tmp_path / "second"], tmp_path / "two", settings={"min_score": 0.5})
    assert (task.min_score, task.prepare, tuple(task.calibration)) == (0.5, True, (0.9, 0.1))
    make_run(tmp_path / "third", 30)
    begin_with(tmp_path / "third", tmp_path / "second" / "best.weights.h5")
    task, _ = ship([tmp_path / "third"], tmp_path / "three")
    assert (task.prepare, tuple(task.calibration)) == (False, (1.0, 0.0))


def make_detector_run(run, network):
    make_run(run, 5)
    (run / "alphabet.txt").unlink()
    (run / "network.json").write_text(network.to_json())
    network.save_weights(run / "best.weights.h5")
    return run


def test_a_detector_keeps_its_thresholds_and_a_preset_that_is_lost_is_told(tmp_path):
    network = PAN(folded=True)
    TextDetector(network).adjust(min_score=0.8, inset_px=0.5, short_side_px=640).save_to_preset(tmp_path / "before")
    run = make_detector_run(tmp_path / "run", network)
    begin_with(run, tmp_path / "before")
    task, _ = ship([run], tmp_path / "after", settings={"inset_px": 0.1})
    again = TextDetector.from_preset(tmp_path / "after")
    assert (again.decoder.min_score, again.decoder.inset_px, again.short_side_px) == (0.8, 0.1, 640)
    begin_with(run, tmp_path / "lost")
    with pytest.raises(PresetError, match="lost"):
        ship([run], tmp_path / "after")


def test_a_detector_that_began_with_layers_of_another_keeps_its_own_decoder(tmp_path):
    before = TextDetector(PAN(folded=True)).adjust(min_height_px=3.0, short_side_px=640)
    before.save_to_preset(tmp_path / "before")
    network = CRAFT(folded=True)
    run = make_detector_run(tmp_path / "run", network)
    begin_with(run, tmp_path / "before")
    ship([run], tmp_path / "after", settings={"min_peak": 0.5})
    again = TextDetector.from_preset(tmp_path / "after")
    assert again.decoder == CharacterDecoder(min_peak=0.5) and again.short_side_px == 640
    begin_with(run, "craft_mlt_25k.pth")  # a published file has no settings
    assert ship([run], tmp_path / "other")[0].decoder == CharacterDecoder()


def test_a_spotter_is_shipped_with_its_alphabet_and_the_thresholds_of_the_detector_it_began_with(tmp_path):
    TextDetector(PAN(folded=True)).adjust(min_score=0.8, short_side_px=640).save_to_preset(tmp_path / "before")
    network = PANSpotter(len(ALPHABET), syllable_places(ALPHABET), units=8, num_blocks=1, num_heads=2, rank=2, folded=True)
    run = make_detector_run(tmp_path / "run", network)
    ALPHABET.save(run / "alphabet.txt")
    begin_with(run, tmp_path / "before")
    ship([run], tmp_path / "after", settings={"min_reading_score": 0.4})
    again = TextSpotter.from_preset(tmp_path / "after")
    assert (again.decoder.min_score, again.short_side_px, again.min_reading_score) == (0.8, 640, 0.4)
    assert again.codec.alphabet == ALPHABET and "reads them" in (tmp_path / "after" / "README.md").read_text(encoding="utf-8")
