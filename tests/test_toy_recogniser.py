"""A recogniser of another kind, by attention and without places of characters, goes through everything and touches nothing of ours."""

import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers, ops
from PIL import Image, ImageDraw, ImageFont
from typer.testing import CliRunner

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.cli import app
from ocr_crnn.data.aihub import read_aihub_font_images
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.reading.reader import DocumentReader
from ocr_crnn.reading.settings import SpotterSettings
from ocr_crnn.recipes.experiment import Experiment, make_optimizer_from
from ocr_crnn.recognition.codecs import AttentionCodec
from ocr_crnn.recognition.network import RecognitionNetwork
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.serving.export import export_saved_model
from ocr_crnn.training.command import main
from ocr_crnn.training.line_batches import fixed_dataset, lines_dataset
from ocr_crnn.training.recognition import ReadingError, RecognitionTraining
from ocr_crnn.training.shipping import ship
from ocr_crnn.training.truth_lines import TruthLines

TEXTS = ["12가", "나21", "3"]
ALPHABET = Alphabet("123가나")


@keras.saving.register_keras_serializable("toys")
class ToyAttention(RecognitionNetwork, keras.Model):
    """Columns of 8 pixels are frames; each step looks for its place, and for what follows the character before, and names a character."""

    codec = "attention"
    height, stride = 32, 8

    def __init__(self, num_classes, steps=6, units=24, name=None):
        super().__init__(name=name)
        self.num_classes, self.steps, self.units = num_classes, steps, units
        patch = (self.stride, self.height)
        self.columns = layers.Conv2D(units, patch, strides=patch, activation="relu", name="columns")
        self.column_places = layers.Embedding(32, units, name="column_places")
        self.step_places = layers.Embedding(steps, units, name="step_places")
        self.written = layers.Embedding(num_classes + 2, units, name="written")
        self.head = layers.Dense(num_classes, name="head")
        self({"image": np.zeros((1, 8, 32, 1), np.uint8), "width": np.ones(1, np.int32)})  # makes the variables

    classes = property(lambda self: self.num_classes)

    def count_frames(self, widths):
        return widths * 0 + self.steps

    def call(self, inputs, training=None):
        frames = self.columns(1.0 - ops.cast(inputs["image"], "float32") / 255.0)[:, :, 0]
        places = ops.arange(ops.shape(frames)[1])
        frames = frames + self.column_places(places)[None]
        outside = places[None] >= ops.cast(-(-inputs["width"] // self.stride), "int32")[:, None]
        if "label" in inputs:
            return self._look(frames, outside, inputs["label"], ops.arange(ops.shape(inputs["label"])[1]))
        outputs, last = [], ops.full((ops.shape(frames)[0], 1), self.num_classes)  # begin
        for step in range(self.steps):
            outputs.append(self._look(frames, outside, last, ops.array([step])))
            last = ops.argmax(outputs[-1], axis=-1)
        return ops.concatenate(outputs, axis=1)

    def _look(self, frames, outside, written, steps):
        query = self.written(written) + self.step_places(steps)[None]  # (batch, steps, units)
        scores = ops.matmul(query, ops.transpose(frames, (0, 2, 1))) - 1e9 * ops.cast(outside, "float32")[:, None]
        seen = ops.matmul(ops.softmax(scores), frames)
        return self.head(ops.concatenate([query, seen], axis=-1))

    def get_config(self):
        return {"num_classes": self.num_classes, "steps": self.steps, "units": self.units, "name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def toy_options(parser):
    parser.add_argument("--data")
    parser.set_defaults(epochs=2, steps_per_epoch=40, optimizer="adam", learning_rate=0.02, patience=0)


def toy(args):
    """The recipe of the toy: lines of a data set, as the recipes of the package read them."""
    codec = AttentionCodec(ALPHABET)
    network = ToyAttention(codec.classes)
    source = TruthLines(read_aihub_font_images(args.data), codec, network.count_frames)
    return Experiment(
        model=RecognitionTraining(network, codec),
        network=network,
        batches=lambda first: lines_dataset(source, 400, first, processes=0),
        steps_per_epoch=args.steps_per_epoch,
        alphabet=ALPHABET,
        compile={"optimizer": make_optimizer_from(args, args.steps_per_epoch)},
        validation=fixed_dataset(codec, source.lines()),
        monitor="cer",
        callbacks=(ReadingError(TextRecognizer(network, codec), {"cer": source.lines()}),),
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data set of three lines in the shape of 한국어 글자체 이미지; Hangul is drawn as boxes, which is all Pillow's own font has."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "printed" / "word").mkdir(parents=True)
    document = {"images": [], "annotations": []}
    for key, text in enumerate(map(str, TEXTS)):
        image = Image.new("L", (20 * len(text) + 8, 32), 255)
        ImageDraw.Draw(image).text((4, 2), text.replace("가", "#").replace("나", "@"), 0, ImageFont.load_default(26))
        image.save(folder / "printed" / "word" / f"{key}.png")
        document["images"].append({"id": str(key), "width": image.width, "height": 32, "file_name": f"{key}.png"})
        attributes = {"font": "Aileron", "type": "단어", "is_aug": False}
        document["annotations"].append({"id": str(key), "image_id": str(key), "text": text, "attributes": attributes})
    (folder / "printed" / "printed_data_info.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    assert main({"toy": (toy_options, toy)}, ["toy", "--data", str(data), "--checkpoints", str(root)]) == 0
    (run,) = root.iterdir()
    return run


@pytest.fixture(scope="module")
def preset(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets") / "toy"
    ship([run], folder)
    return folder


@pytest.fixture(scope="module")
def recognizer(preset):
    return TextRecognizer.from_preset(preset)


def lines_of(data):
    return sorted((data / "printed" / "word").glob("*.png"))


def evaluate(run_or_preset, data, out):
    """`ocr-crnn evaluate` → the character error rate in its report."""
    result = CliRunner().invoke(app, ["evaluate", str(run_or_preset), "--data", str(data), "--out", str(out)])
    assert result.exit_code == 0, result.output
    return json.loads((out / "report.json").read_text())["measures"]["cer"]


def test_it_learns_and_its_run_is_evaluated(run, data, tmp_path):
    history = np.genfromtxt(run / "history.csv", delimiter=",", names=True)
    assert history["cer"][-1] == 0 and history["loss"][-1] < 0.1 * history["loss"][0]
    assert evaluate(run, data, tmp_path) == 0


def test_its_preset_reads_texts_without_places(preset, recognizer, data, tmp_path):
    config = json.loads((preset / "config.json").read_text())
    assert (config["network"], config["codec"], config["min_score"]) == ("toys>ToyAttention", "attention", 0.6)
    lines = recognizer(lines_of(data))
    assert [line.text for line in lines] == TEXTS
    assert all(line.spans_px is None and len(line.character_scores) == len(line.text) and line.score > 0.5 for line in lines)
    assert evaluate(preset, data, tmp_path) == 0


def test_a_document_reader_places_its_characters_by_their_ink(recognizer, data):
    images = [np.asarray(Image.open(path).convert("RGB")) for path in lines_of(data)]
    sheet = np.full((200, 200, 3), 255, np.uint8)
    boxes = [(20, 20 + 60 * row, image.shape[1], 32) for row, image in enumerate(images)]
    for (left, top, width, height), image in zip(boxes, images, strict=True):
        sheet[top : top + height, left : left + width] = image
    quads = boxes_to_quads(boxes)
    settings = SpotterSettings(margin=0.0, min_score=0.0)
    page = DocumentReader(lambda pixels: SimpleNamespace(quads=quads, scores=np.ones(3)), recognizer, settings=settings).read_page(sheet)
    assert page.text.split() == TEXTS
    for characters, text, (left, top, width, height) in zip(page.characters, page.texts, boxes, strict=True):
        assert len(characters) == len(text)
        assert (characters.quads >= [left, top]).all() and (characters.quads <= [left + width, top + height]).all()


def test_it_cannot_be_exported_and_says_so(recognizer, tmp_path):
    reader = SimpleNamespace(recognizer=recognizer)
    with pytest.raises(ValueError, match="best paths of CTC. Received: a recogniser with the codec 'attention'"):
        export_saved_model(reader, tmp_path / "1")
