import json

import numpy as np
from small_run import make_run

from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.training.shipping import ship, stages_of


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
    config = json.loads((tmp_path / "second" / "config.json").read_text())
    config["arguments"]["weights"] = str(tmp_path / "one")
    (tmp_path / "second" / "config.json").write_text(json.dumps(config))
    mixed, _ = ship([tmp_path / "second"], tmp_path / "two", share=0.25)
    for variable, before, after in zip(mixed.network.get_weights(), old.get_weights(), new.get_weights(), strict=True):
        np.testing.assert_allclose(variable, 0.75 * before + 0.25 * after, atol=2e-3)
