"""Handwriting of two sets of AI Hub, forms in zips and lines, trains the recipes of lines: from labels to a loss that falls."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from aihub_fixture import line_records, write_json, write_zip
from aihub_sets import FAKES, write_layout
from PIL import Image, ImageDraw, ImageFont
from real_recipes import make_recipes_small

from ocr_crnn import recipes
from ocr_crnn.data.aihub import read_aihub
from ocr_crnn.training.command import parse

FONTS = Path(__file__).parents[1] / "fonts"
TEXTS = ["12", "31", "23", "13"]


def draw(text, width, height, left, top):
    image = Image.new("L", (width, height), 255)
    ImageDraw.Draw(image).text((left, top), text, 0, ImageFont.truetype(str(FONTS / "NanumBarunGothic.ttf"), 24))
    return np.asarray(image)


def png(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Forms of two readable texts and one that is not, and lines."""
    root, fake, members = tmp_path_factory.mktemp("data"), FAKES["handwriting"], {}
    for number in range(4):
        stem, page, boxes = f"IMG_{number}", np.full((140, 120), 255, np.uint8), []
        for row, text in enumerate((TEXTS[number], TEXTS[number - 1], "xxx")):
            top = 5 + 45 * row
            page[top : top + 40, 20:100] = draw(text if text != "xxx" else "?", 80, 40, 10, 6)
            boxes.append({"data": text, "id": row, "x": [20, 20, 100, 100], "y": [top, top + 40, top, top + 40]})
        document = fake.document(stem, []) | {"bbox": boxes}
        document["Images"] |= {"width": 120, "height": 140}
        members[fake.label(stem, "training")] = json.dumps(document).encode()
        members[f"{fake.image(stem, 'training')}.png"] = png(page)
    write_layout(root / "605", members)
    images, annotations = line_records(TEXTS, width=80, height=40, gender="여", age="28")
    folder = root / "81" / "01.손글씨"
    write_json(folder / "handwriting_data_info_clean.json", images, annotations)
    lines = {f"1_sentence/{image['file_name']}": png(draw(text, 80, 40, 10, 6)) for image, text in zip(images, TEXTS, strict=True)}
    write_zip(folder / "01_handwriting_sentence_images.zip", lines)
    return root


def test_both_are_read(data):
    gt = read_aihub(data)
    assert len(gt) == 8 and dict(gt.report.counts) == {"illegible": 4}
    assert {row.get("part", row.get("writing")) for page in gt for row in page.attributes} == {"handwriting", "handwritten"}


def fit(experiment, steps):
    """The losses of so many steps."""
    experiment.model.compile(**experiment.compile)
    history = experiment.model.fit(experiment.batches(0), steps_per_epoch=1, epochs=steps, verbose=0)
    return history.history["loss"]


def test_the_default_recogniser(data, monkeypatch, capsys):
    make_recipes_small(monkeypatch.setattr)
    options = ["--data", str(data / "605"), str(data / "81"), "--data-share", "1", "--withhold", "0", "--columns", "600"]
    options += ["--sampled-classes", "50", "--fonts", str(FONTS), "--optimizer", "adam", "--learning-rate", "0.01", "--seed", "1"]
    experiment = recipes.attention_ctc(parse(recipes.RECIPES, ["attention_ctc", *options]))
    said = capsys.readouterr().out
    learnt, measured = (int(word) for word in said.split("\n")[-2].replace(",", " ").split() if word.isdigit())
    assert learnt + measured == 12 and experiment.monitor == "cer_data"
    losses = fit(experiment, 8)
    assert losses[-1] < losses[0] * 0.9


def test_the_network_of_the_lineage(data):
    options = ["--data", str(data / "605"), str(data / "81"), "--batch-size", "6", "--width", "96", "--validation", "0.2", "--cnn"]
    experiment = recipes.crnn(parse(recipes.RECIPES, ["crnn", *options, "--optimizer", "adam", "--learning-rate", "0.001"]))
    losses = fit(experiment, 5)
    assert losses[-1] < losses[0]
