"""Tasks for Label Studio: shapes, scores, and what comes back with an export."""

import json

import numpy as np
import pytest

from ocr_crnn.formats.labelstudio import CONFIG, format_task, image_hash, local_url
from ocr_crnn.page import Page

BOX = [[10, 10], [90, 10], [90, 30], [10, 30]]


def results(page, **options):
    task = json.loads(format_task(page, "u", **options))
    return task, (task.get("predictions") or task["annotations"])[0]


def test_a_prediction_with_scores():
    page = Page("a.png", (80, 200), [BOX, BOX], ["가", None], scores=[0.5, 0.25], unit="segment")
    task, prediction = results(page, sha256=image_hash(b"x"), model_version="v1")
    assert task["data"] == {"ocr": "u", "ocr_crnn_unit": "segment", "ocr_crnn_sha256": image_hash(b"x")}
    assert prediction["model_version"] == "v1" and prediction["score"] == 0.375
    shape, label, text, *second = prediction["result"]
    assert shape["value"] == {"x": 5.0, "y": 12.5, "width": 40.0, "height": 25.0, "rotation": 0.0} and shape["type"] == "rectangle"
    assert label["value"]["labels"] == ["Text"] and text["value"]["text"] == ["가"] and text["score"] == 0.5
    assert [record["type"] for record in second] == ["rectangle", "labels"] and second[1]["value"]["labels"] == ["Unreadable"]
    assert all(f'name="{record["from_name"]}"' in CONFIG for record in prediction["result"])


@pytest.mark.parametrize("angle", [30, 90, 180, 269.5])
def test_turned_rectangles(angle):
    along = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    across = np.array([-along[1], along[0]])
    start = np.array([100, 40])
    quad = start + np.array([0 * along, 30 * along, 30 * along + 10 * across, 10 * across])
    value = results(Page("a", (80, 200), [quad], ["가"]))[1]["result"][0]["value"]
    expected = {"x": 50, "y": 50, "width": 15, "height": 12.5, "rotation": angle}
    assert {name: round(value[name], 2) for name in expected} == expected


def test_what_is_no_rectangle_and_what_is_truth():
    page = Page("a", (80, 200), [[[10, 10], [90, 20], [90, 40], [10, 30]]], ["가"])
    task, annotation = results(page, annotated=True)
    assert "predictions" not in task and annotation["result"][0]["type"] == "polygon" and "score" not in annotation["result"][2]
    assert annotation["result"][0]["value"]["points"][1] == [45.0, 25.0]


def test_addresses_are_quoted():
    assert local_url("계약/a b.png") == "/data/local-files/?d=%EA%B3%84%EC%95%BD/a%20b.png"
