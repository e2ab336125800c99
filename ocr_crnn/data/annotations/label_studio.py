"""Label Studio's exports, JSON and JSON-MIN, of its OCR template: rectangles and polygons with a text each → Pages.

Coordinates are percents of the image as it is seen; a rectangle turns by `rotation` degrees clockwise about its corner x, y. The regions of
a result are joined by their ids: one record has the shape, another the text. What `formats/labelstudio.py` writes to be corrected comes
back here: its tasks carry the unit of the page and the SHA-256 of the image in their data.
"""

import re
import urllib.parse

import numpy as np

from ocr_crnn.data.annotations.json_records import first_event, iter_items
from ocr_crnn.data.annotations.rows import UNREADABLE, Row, labelled_page, line_page
from ocr_crnn.data.annotations.target import IMAGES, Target
from ocr_crnn.data.samples import IMAGE_SUFFIXES
from ocr_crnn.formats import labelstudio
from ocr_crnn.formats.labelstudio import HASH_KEY, TEXT_LABEL, UNIT_KEY, UNREADABLE_LABEL
from ocr_crnn.page import UNITS

IMAGE_KEYS = ("ocr", "image", "img", "captioning")  # of the data of a task, in the templates of Label Studio
BYTES = "surrogateescape"  # names that are no UTF-8, as Python holds them
UPLOADED = re.compile("^[0-9a-f]{8}-")  # before the name of an image that was uploaded
MOST_SIDE = 1e6
LABEL_KEYS = ("labels", "rectanglelabels", "polygonlabels", "choices")


def read(files, source):
    """Yield the Page of each task that somebody has labelled. Of several annotations of a task the last one counts.

    Where no file has an annotation, the predictions are read, and each is a finding. Otherwise a file without any is that of the
    predictions that were corrected in another one: it is not read, and told.
    """
    corrected = [path for path in files if any(isinstance(task, dict) and _finished(task) for task in _tasks(path))]
    for path in files if corrected else ():
        if path not in corrected:
            source.report.add("labels_not_read", path, f"it has no annotations, and {corrected[0]} has")
    for path in corrected or files:
        for number, task in enumerate(_tasks(path, source.report)):
            if not isinstance(task, dict):
                source.report.add("bad_record", path, str(task)[:80])
                continue
            page = _read_task(task, path, f"{path} task {task.get('id', number)}", source, uncorrected=not corrected)
            if page is not None:
                yield page


def _tasks(path, report=None):
    return iter_items(path, "item" if first_event(path) == "start_array" else "", report)


def _finished(task):
    """The annotations of a task that were not given up, [] where it has none; of JSON-MIN and of one record of a storage the only one."""
    if "annotation_id" in task or ("result" in task and "task" in task) or _is_minimal(task):
        return [task]
    annotations = task.get("annotations", task.get("completions"))
    annotations = annotations if isinstance(annotations, list) else []
    return [one for one in annotations if isinstance(one, dict) and not one.get("was_cancelled") and isinstance(one.get("result"), list)]


def _is_minimal(task):
    return "data" not in task and "annotations" not in task and any(_shapes(value) for value in task.values())


def _read_task(task, path, where, source, uncorrected):
    report = source.report
    data = task.get("data") or (task["task"].get("data") if isinstance(task.get("task"), dict) else None) or task
    name = image_name(data if isinstance(data, dict) else {})
    if name is None:
        report.add("bad_record", where, "no image")
        return None
    finished = _finished(task)
    if len(finished) > 1:
        report.add("several_annotations", where, f"{len(finished)}")
    regions, scored = None, False
    if finished:
        chosen = finished[-1]
        regions = _minimal_regions(chosen, where, report) if "result" not in chosen else _regions(chosen["result"], where, report)
    elif isinstance(task.get("predictions"), list) and task["predictions"] and isinstance(task["predictions"][-1], dict):
        report.add("prediction_used" if uncorrected else "not_corrected", where, name)
        if uncorrected:
            regions, scored = _regions(task["predictions"][-1].get("result"), where, report), True
    else:
        report.add("not_annotated", where, name)
    image_path = None if regions is None else _find_image(name, path, where, source)
    if image_path is None or _is_changed(data, image_path, where, source):
        return None
    unit = data.get(UNIT_KEY) if data.get(UNIT_KEY) in UNITS else "line"
    if len(regions) == 1 and not regions[0].get("shapes") and regions[0].get("texts"):
        return line_page(source, image_path, _joined(regions[0]["texts"], where, report), where)
    return _page(regions, image_path, unit, where, source, scored)


def image_name(data):
    """The path of the image of a task, as it was before it was uploaded or served; None where there is none."""
    texts = [data[key] for key in (*IMAGE_KEYS, *data) if isinstance(data.get(key), str)]
    for text in texts:
        url = urllib.parse.urlsplit(text) if "\0" not in text and "[" not in text[:20] else None
        if url is None:
            continue
        local = urllib.parse.parse_qs(url.query, errors=BYTES).get("d") if url.path.rstrip("/").endswith("local-files") else None
        path = local[0] if local else urllib.parse.unquote(url.path, errors=BYTES)
        if any(path.lower().endswith(suffix) for suffix in IMAGE_SUFFIXES):
            return path
    return None


def _find_image(name, path, where, source):
    """As it was uploaded, with eight characters before its name, or as it was called before."""
    folder, _, last = name.replace("\\", "/").rpartition("/")
    plain = UPLOADED.sub("", last)
    if plain != last and not source.has_image(name, path):
        name = f"{folder}/{plain}".lstrip("/")
    return source.image(name.lstrip("/"), path, where)


def _is_changed(data, image_path, where, source):
    expected = data.get(HASH_KEY)
    if not isinstance(expected, str) or source.sha256(image_path) in (expected, None):
        return False
    source.report.add("image_changed", where, f"{image_path}: its SHA-256 is another one than that of the image that was labelled")
    return True


def _regions(result, where, report):
    """The records of a result joined by id: `[{"shapes", "texts", "labels", "score"}]`, in the order of their first records."""
    regions = {}
    for number, record in enumerate(result if isinstance(result, list) else ()):
        value = record.get("value") if isinstance(record, dict) else None
        if not isinstance(value, dict):
            report.add("bad_record", where, str(record)[:80])
            continue
        region = regions.setdefault(str(record.get("id", number)), {"shapes": [], "texts": [], "labels": [], "score": None})
        if _is_shape(value):
            region["shapes"].append({**record, **value})
        texts = value.get("text", (record.get("meta") or {}).get("text") if isinstance(record.get("meta"), dict) else None)
        if texts is not None and not region["texts"]:
            region["texts"] = texts if isinstance(texts, list) else [texts]
        region["labels"] += [label for key in LABEL_KEYS for label in _list(value.get(key)) if isinstance(label, str)]
        score = record.get("score")
        if isinstance(score, int | float) and 0 <= score <= 1 and record.get("type") == "textarea":
            region["score"] = float(score)
    return [region for region in regions.values() if region["shapes"] or region["texts"]]


def _minimal_regions(task, where, report):
    """The regions of JSON-MIN: lists of shapes and of texts by the names of the controls.

    Each list is in the order of the regions, so texts belong to the shapes of a list that has all: that of the only control, or that
    of the labels where rectangles stand beside polygons.
    """
    lists = [{_key(shape): shape for shape in _shapes(value)} for value in task.values()]
    every = {key: shape for found in lists for key, shape in found.items()}
    whole = next((found for found in lists if found.keys() == every.keys()), None)
    shapes = list((every if whole is None else whole).values())
    labels = {key: [] for key in (every if whole is None else whole)}
    for key, shape in ((_key(shape), shape) for value in task.values() for shape in _shapes(value)):
        labels[key] += [label for name in LABEL_KEYS for label in _list(shape.get(name)) if isinstance(label, str)]
    texts = next((found for key, value in task.items() if (found := _texts(key, value)) is not None), [])
    if not shapes:
        return [{"shapes": [], "texts": texts[0], "labels": [], "score": None}] if texts else []
    readable = [UNREADABLE_LABEL not in names for names in labels.values()]
    matched = whole is not None and len(texts) in (len(shapes), sum(readable))
    if not matched:
        report.add("text_unmatched", where, f"{len(shapes)} regions, {len(texts)} texts: export as JSON instead of JSON-MIN")
    left = iter(texts if matched else ())
    all_have = len(texts) == len(shapes)
    return [
        {"shapes": [shape], "texts": next(left, [UNREADABLE[0]]) if can or all_have else [], "labels": names, "score": None}
        for shape, names, can in zip(shapes, labels.values(), readable, strict=True)
    ]


def _key(shape):
    return tuple(str(shape.get(part)) for part in ("x", "y", "width", "height", "rotation", "points"))


def _shapes(value):
    return [shape for shape in _list(value) if isinstance(shape, dict) and _is_shape(shape)]


def _texts(key, value):
    """The texts of a control in JSON-MIN, a list for each region: a text alone, or with its place if there are several; None of another."""
    if key == "transcription" and isinstance(value, str):
        return [[value]]
    values = _list(value)
    if key != "transcription" and not any(isinstance(one, dict) and isinstance(one.get("text"), list) for one in values):
        return None
    found = [one.get("text") if isinstance(one, dict) else [one] for one in values]
    return [one if isinstance(one, list) else [one] for one in found]


def _page(regions, image_path, unit, where, source, scored):
    measured = source.measure(image_path)
    if measured is None:
        return None
    size, rows = None, []
    for region in regions:
        for shape in region["shapes"][:1]:
            named = _size_of(shape)
            if size is None:
                size = named
            elif named not in (None, size):
                source.report.add("image_changed", where, f"labelled at {size[1]} × {size[0]} px and at {named[1]} × {named[0]}")
                return None
            text = None if UNREADABLE_LABEL in region["labels"] else _joined(region["texts"], where, source.report)
            label = next((label for label in region["labels"] if label not in (TEXT_LABEL, UNREADABLE_LABEL)), None)
            points = corners(shape, named or measured[0][1])
            labels, score = {} if label is None else {"label": label}, region["score"] if scored else None
            rows.append(Row(points, text, score, attributes=labels, as_drawn="points" not in shape))
        if not region["shapes"]:
            source.report.add("bad_record", where, f"a text without a region: {str(region['texts'])[:80]}")
    return labelled_page(source, image_path, size, rows, unit, where)


def corners(shape, size):
    """The corners of a shape in pixels of an image of `(height, width)`; what cannot be told is not a number.

    `image_rotation`: the picture was turned by that in the editor, and the percents are those of the turned one.
    """
    turn = shape.get("image_rotation") if shape.get("image_rotation") in (90, 180, 270) else 0
    seen = np.array(size[::-1] if turn in (90, 270) else size, float)[::-1]  # (width, height)
    try:
        if "points" in shape:
            points = np.array([[float(x), float(y)] for x, y in shape["points"]]).reshape(-1, 2) * seen / 100
        else:
            x, y, width, height = (float(shape[key]) for key in ("x", "y", "width", "height"))
            angle = np.radians(float(shape.get("rotation") or 0))
            along = np.array([np.cos(angle), np.sin(angle)])
            across = np.array([-along[1], along[0]])
            start, (width, height) = np.array([x, y]) * seen / 100, np.array([width, height]) * seen / 100
            points = start + np.array([0 * along, width * along, width * along + height * across, height * across])
    except (TypeError, ValueError, KeyError, OverflowError):
        return None
    height, width = size
    if turn == 90:
        points = np.stack([points[:, 1], height - points[:, 0]], axis=1)
    elif turn == 180:
        points = np.array([width, height]) - points
    elif turn == 270:
        points = np.stack([width - points[:, 1], points[:, 0]], axis=1)
    return points


def _size_of(shape):
    """`(height, width)` that a shape was drawn on, None where it does not say."""
    size = shape.get("original_height"), shape.get("original_width")
    good = all(isinstance(side, int | float) and not isinstance(side, bool) and 1 <= side <= MOST_SIDE for side in size)
    return tuple(map(int, size)) if good else None


def _is_shape(value):
    return all(key in value for key in ("x", "y", "width", "height")) or ("points" in value and isinstance(value["points"], list))


def _joined(texts, where, report):
    texts = [text for text in _list(texts) if isinstance(text, str)]
    if len(texts) > 1:
        report.add("several_texts", where, " / ".join(texts))
    return " ".join(texts)


def _list(value):
    return value if isinstance(value, list) else []


class TaskFile(Target):
    """A file of tasks with annotations, the configuration to paste, and a folder of images. Truth, not predictions."""

    holds, images = frozenset({"unit"}), IMAGES

    def begin(self):
        (self.folder / labelstudio.CONFIG_NAME).write_text(labelstudio.CONFIG, encoding="utf-8")
        self.file, self.begun = self.open(labelstudio.TASKS_NAME), False
        self.file.write("[")

    def add(self, page, name):
        image = self.folder / IMAGES / name
        url = labelstudio.local_url(f"{self.name}/{IMAGES}/{name}")
        task = labelstudio.format_task(page, url, labelstudio.image_hash(image.read_bytes()), annotated=True)
        self.file.write((",\n" if self.begun else "\n") + task)
        self.begun = True

    def end(self):
        self.file.write("\n]\n")
