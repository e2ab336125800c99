"""Label Studio: pages with what was read of them as predictions, to be corrected there, and the labelling configuration to paste.

One JSON file is one list of tasks, which Label Studio imports. The image of a task is served from a folder that Label Studio is told of:
"local files", `/data/local-files/?d=FOLDER/page.png`. A rectangle is x, y, width, height in percent of the image and `rotation` in degrees
clockwise about its first corner; what is no rectangle becomes a polygon of four corners.
"""

import hashlib
import json
import os
import urllib.parse

import numpy as np

from ocr_crnn.formats.files import NOT_TEXT
from ocr_crnn.geometry import quad_sizes

UNIT_KEY, HASH_KEY = "ocr_crnn_unit", "ocr_crnn_sha256"  # of the data of a task: they come back with every export
UNREADABLE_LABEL, TEXT_LABEL = "Unreadable", "Text"
TASKS_NAME, CONFIG_NAME = "labelstudio-tasks.json", "labelstudio-config.xml"
SQUARE_PX = 0.5  # a quad is written as a rectangle if its corners are no further from one
CONFIG = f"""<View>
  <Image name="image" value="$ocr" zoom="true" zoomControl="true"/>
  <Labels name="label" toName="image">
    <Label value="{TEXT_LABEL}" background="#1e963c"/>
    <Label value="{UNREADABLE_LABEL}" background="#808080"/>
  </Labels>
  <Rectangle name="bbox" toName="image" strokeWidth="2" canRotate="true"/>
  <Polygon name="poly" toName="image" strokeWidth="2"/>
  <TextArea name="transcription" toName="image" editable="true" perRegion="true" maxSubmissions="1" displayMode="region-list"/>
</View>
"""


def format_task(page, url, sha256=None, model_version="ocr_crnn", annotated=False):
    """One task as JSON text. url: of its image. sha256: of the image's bytes, by which a changed one is known later.

    annotated: the rows are truth and become an annotation; else they are a prediction with scores, which a person corrects.
    """
    data = {"ocr": url, UNIT_KEY: page.unit} | ({HASH_KEY: sha256} if sha256 else {})
    result = [record for row in range(len(page)) for record in _records(page, row, annotated)]
    if annotated:
        return json.dumps({"data": data, "annotations": [{"result": result}]}, ensure_ascii=False)
    prediction = {"model_version": model_version, "result": result}
    if page.scores is not None and len(page):
        prediction["score"] = round(float(page.scores.mean()), 4)
    return json.dumps({"data": data, "predictions": [prediction]}, ensure_ascii=False)


def image_hash(contents):
    """The SHA-256 of an image's bytes, as a task carries it."""
    return hashlib.sha256(contents).hexdigest()


def local_url(path):
    """The address of an image below the folder that Label Studio serves (LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT)."""
    return "/data/local-files/?d=" + urllib.parse.quote(os.fsencode(str(path)))


def _records(page, row, annotated):
    height, width = page.size
    kind, value = _shape(page.quads[row].astype(np.float64), np.array([width, height], float))
    text = page.texts[row]
    shared = {"id": f"row{row}", "to_name": "image", "original_width": width, "original_height": height, "image_rotation": 0}
    label = UNREADABLE_LABEL if text is None else TEXT_LABEL
    yield shared | {"from_name": "bbox" if kind == "rectangle" else "poly", "type": kind, "value": value}
    yield shared | {"from_name": "label", "type": "labels", "value": value | {"labels": [label]}}
    if text is not None:
        record = shared | {"from_name": "transcription", "type": "textarea", "value": value | {"text": [NOT_TEXT.sub("\ufffd", text)]}}
        if page.scores is not None and not annotated:
            record["score"] = round(float(page.scores[row]), 4)
        yield record


def _shape(quad, size):
    """("rectangle" or "polygon", its value in percent of the image's (width, height))."""
    along = quad[1] - quad[0] + quad[2] - quad[3]
    length = np.linalg.norm(along)
    along = along / length if length > 0 else np.array([1.0, 0.0])
    across = np.array([-along[1], along[0]])
    wide, high = map(float, quad_sizes(quad[None])[0])
    start = quad.mean(axis=0) - (wide * along + high * across) / 2
    rectangle = start + np.array([0 * along, wide * along, wide * along + high * across, high * across])
    if np.abs(rectangle - quad).max() > SQUARE_PX:
        return "polygon", {"points": [_percent(corner, size) for corner in quad], "closed": True}
    (x, y), (width, height) = _percent(start, size), _percent([wide, high], size)
    rotation = round(float(np.degrees(np.arctan2(along[1], along[0]))) % 360, 4)
    return "rectangle", {"x": x, "y": y, "width": width, "height": height, "rotation": rotation % 360}


def _percent(values, size):
    return [round(float(value), 5) for value in np.asarray(values) * 100 / size]
