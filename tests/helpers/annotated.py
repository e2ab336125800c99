"""Small folders of images with annotations, as the tools of the field write them."""

import json

import numpy as np
from PIL import Image

from ocr_crnn.data.ground_truth import read_ground_truth
from ocr_crnn.page import Page

SIZE = (80, 200)  # (height, width) of every page here
BOX = np.float32([[10, 10], [90, 10], [90, 30], [10, 30]])
TURNED = np.float32([[120, 20], [160, 40], [151, 58], [111, 38]])  # a rectangle, nearly, clockwise by 27 degrees


def write_image(path, size=SIZE, **options):
    """A grey gradient, so that no two places look alike."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = size
    pixels = np.add.outer(np.arange(height), np.arange(width)) % 256
    Image.fromarray(pixels.astype(np.uint8)).save(path, **options)
    return path


def write_json(path, record):
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    return path


def two_words(path, unit="line"):
    """A Page of a box and a turned one."""
    return Page(str(path), SIZE, [BOX, TURNED], ["가나 다", "계약"], unit=unit)


def read(path, format=None):
    """`(pages, counts of findings)`."""
    truth = read_ground_truth(path, format)
    return truth.pages, dict(truth.report.counts)


def rectangle(text=None, number=0, label=None, **value):
    """The records of a region in a result of Label Studio's OCR template: shape, label, text."""
    value = {"x": 5.0, "y": 12.5, "width": 40.0, "height": 25.0, "rotation": 0} | value
    shared = {"original_width": SIZE[1], "original_height": SIZE[0], "image_rotation": 0, "id": f"r{number}", "to_name": "image"}
    records = [shared | {"value": value, "from_name": "bbox", "type": "rectangle", "origin": "manual"}]
    if label is not None:
        records.append(shared | {"value": value | {"labels": [label]}, "from_name": "label", "type": "labels", "origin": "manual"})
    if text is not None:
        record = shared | {"value": value | {"text": [text]}, "from_name": "transcription", "type": "textarea", "origin": "manual"}
        records.append(record)
    return records


def task(image="/data/upload/3/0a1b2c3d-page.png", *results, number=1, **more):
    """A task as Label Studio exports it, an annotation for each result."""
    annotations = [
        {"id": 10 * number + place, "completed_by": 1, "result": result, "was_cancelled": False, "ground_truth": False}
        for place, result in enumerate(results)
    ]
    head = {"id": number, "annotations": annotations, "file_upload": image.rpartition("/")[2], "drafts": [], "predictions": []}
    return head | {"data": {"ocr": image}, "meta": {}, "project": 1} | more
