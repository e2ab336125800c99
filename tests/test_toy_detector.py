"""A detector of another kind, boxes by regression, goes through everything and touches nothing of ours; export refuses it clearly."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from served import small_reader
from toy_detector import BoxDecoder, BoxNetwork, SquarePages, read_squares
from typer.testing import CliRunner

from ocr_crnn.cli import app
from ocr_crnn.commands.measure import evaluate
from ocr_crnn.detection.detector import TextDetector
from ocr_crnn.evaluation.detection import measure_detection
from ocr_crnn.formats.page_json import write_page_json
from ocr_crnn.reading.reader import DocumentReader
from ocr_crnn.reading.settings import SPOTTER
from ocr_crnn.recipes.experiment import Experiment, make_optimizer_from
from ocr_crnn.serving.export import export_saved_model
from ocr_crnn.training import pages
from ocr_crnn.training.command import main
from ocr_crnn.training.shipping import ship

SETTINGS = {"short_side_px": 400, "max_scale": 1.0, "min_score": 0.4}
SIZE = (260, 320)


def toy(args):
    """Boxes of squares."""
    network = BoxNetwork()
    source = SquarePages(args.seed, (), (), network.targets, side_px=128, crops_per_page=1)
    return Experiment(
        model=network,
        batches=lambda first: pages.crops_dataset(source, args.batch_size, first, processes=0),
        steps_per_epoch=args.steps_per_epoch,
        compile={"optimizer": make_optimizer_from(args, args.steps_per_epoch)},
        validation=pages.fixed_dataset(source, 4, 4),
    )


RECIPES = {"toy": (lambda parser: parser.set_defaults(batch_size=4, optimizer="adam", learning_rate=1e-2, schedule="cosine"), toy)}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The run folder of a training."""
    root = tmp_path_factory.mktemp("runs")
    assert main(RECIPES, ["toy", "--epochs", "2", "--steps-per-epoch", "200", "--checkpoints", str(root)]) == 0
    (run,) = root.iterdir()
    return run


@pytest.fixture(scope="module")
def preset(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets") / "boxes"
    ship([run], folder, settings=SETTINGS)
    return folder


@pytest.fixture(scope="module")
def drawn():
    """Pages of another size and seed, as (image, truth)."""
    return [SquarePages(1, (), (), None).draw_page(number, SIZE) for number in range(3)]


@pytest.fixture(scope="module")
def data(drawn, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for number, (image, truth) in enumerate(drawn):
        Image.fromarray(image).save(folder / f"{number}.png")
        write_page_json(replace(truth, image_path=str(folder / f"{number}.png")), folder / f"{number}.json")
    return folder


def test_it_learns_boxes_and_characters(preset, drawn):
    detector = TextDetector.from_preset(preset)
    found = [detector(image) for image, _ in drawn]
    scores = measure_detection((truth, detector.detect_page(image)) for image, truth in drawn)
    assert scores["hmean@0.5"] > 0.9 and scores["hmean@0.7"] > 0.7
    assert all(instances.directed and instances.quads.dtype == np.float32 for instances in found)
    counted = [len(characters) for instances in found for characters in instances.characters]
    assert sum(counted) == pytest.approx(sum(len(text) for _, truth in drawn for text in truth.texts), abs=4)
    page = detector.detect_page(drawn[0][0])
    assert [len(characters) for characters in page.characters] == [len(characters) for characters in found[0].characters]


def test_its_preset_keeps_what_it_was_shipped_with(preset):
    config = json.loads((preset / "config.json").read_text())
    assert config["network"] == "toys>BoxNetwork" and config["decoder"] == "toys>boxes" and config["stride"] == 4
    detector = TextDetector.from_preset(preset)
    assert detector.decoder == BoxDecoder(min_score=0.4) and detector.max_scale == 1 and detector.short_side_px == 400
    assert "BoxNetwork" in (preset / "README.md").read_text()


def test_pages_are_read_with_it(preset, drawn):
    whole = SPOTTER._replace(gap=99.0)  # a row of squares is more ink than paper, and looks like white on black
    reader = DocumentReader(TextDetector.from_preset(preset), read_squares, settings=whole)
    read, texts = [sorted(reader(image)[0].texts) for image, _ in drawn], [sorted(truth.texts) for _, truth in drawn]
    assert len(texts[0]) == 5 and sum(map(list.__eq__, read, texts)) >= 2, (read, texts)


def test_run_and_preset_are_evaluated(run, preset, data):
    assert evaluate(str(preset), data).measures["hmean@0.5"] > 0.9
    done = CliRunner().invoke(app, ["evaluate", str(run), "--data", str(data)])
    assert done.exit_code == 0 and "hmean@0.5" in done.output, done.output


def test_its_decoder_is_not_there_to_be_exported(preset, tmp_path):
    reader = DocumentReader(TextDetector.from_preset(preset), small_reader().recognizer)
    with pytest.raises(ValueError, match="TensorFlow operations. Received: BoxDecoder"):
        export_saved_model(reader, tmp_path / "1")
