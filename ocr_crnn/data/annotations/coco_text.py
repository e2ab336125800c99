"""COCO-Text JSON (https://bgshih.github.io/cocotext/): "imgs" and "anns" by id, or lists "images" and "annotations", of words.

The corners are those of "mask" (version 2), "polygon" (version 1), "points" (TextOCR) or "segmentation", else of "bbox". A text is
"utf8_string"; "legibility": "illegible" marks one that cannot be read, "." too in TextOCR.
"""

import json
import shutil
import tempfile

from ocr_crnn.data.aihub.json_files import record_key
from ocr_crnn.data.annotations.json_records import iter_items, iter_pairs
from ocr_crnn.data.annotations.rows import Row, labelled_page
from ocr_crnn.data.annotations.target import IMAGES, Target
from ocr_crnn.page import UNITS

OUTLINES = ("mask", "polygon", "points", "segmentation")
TEXTS = ("utf8_string", "transcription", "text")


def read(files, source):
    """Yield the Page of each image that has annotations."""
    for path in files:
        rows_of, units = {}, {}
        for record in _records(path, "anns", "annotations", source.report):
            key = record.get("image_id")
            if key is None:
                source.report.add("bad_record", path, f"an annotation without image_id: {str(record)[:80]}")
                continue
            rows_of.setdefault(record_key(key), []).append(_row(record))
            if record.get("unit") in UNITS:
                units[record_key(key)] = record["unit"]
        seen = set()
        for record in _records(path, "imgs", "images", source.report):
            key, name = record.get("id"), record.get("file_name")
            if key is None or not isinstance(name, str) or record_key(key) in seen:
                kind = "duplicate_image" if key is not None and record_key(key) in seen else "bad_record"
                source.report.add(kind, path, str(record)[:80])
                continue
            key = record_key(key)
            seen.add(key)
            if key not in rows_of:
                source.report.add("image_without_annotation", f"{path} id {key}", name)
                continue
            where = f"{path} id {key}"
            image_path = source.image(name, path, where)
            if image_path is not None:
                page = labelled_page(source, image_path, _size(record), rows_of[key], units.get(key, "word"), where)
                if page is not None:
                    yield page
        for key in rows_of.keys() - seen:
            source.report.add("annotation_without_image", f"{path} id {key}")


def _records(path, by_id, listed, report):
    """The objects of "imgs" or "images": only one of them is there. Damage is told once, by the pass that finds records."""
    for key, record in iter_pairs(path, by_id, report):
        if isinstance(record, dict):
            yield {"id": key} | record
        else:
            report.add("bad_record", path, f"{by_id}: {str(record)[:80]}")
    for record in iter_items(path, f"{listed}.item"):
        if isinstance(record, dict):
            yield record
        else:
            report.add("bad_record", path, f"{listed}: {str(record)[:80]}")


def _row(record):
    text = next((record[key] for key in TEXTS if isinstance(record.get(key), str)), "")
    if record.get("legibility") == "illegible" or text == "." and "points" in record:
        text = None
    return Row(_outline(record), text)


def _outline(record):
    for name in OUTLINES:
        flat = record.get(name)
        if isinstance(flat, list) and len(flat) == 1 and isinstance(flat[0], list):
            flat = flat[0]
        if isinstance(flat, list) and len(flat) >= 6:
            nested = all(isinstance(pair, list) for pair in flat)
            return flat if nested else list(zip(flat[::2], flat[1::2], strict=False))
    box = record.get("bbox")
    if not isinstance(box, list) or len(box) != 4 or not all(isinstance(value, int | float) for value in box):
        return None
    x, y, width, height = box
    return [(x, y), (x + width, y + height)]


def _size(record):
    size = record.get("height"), record.get("width")
    good = all(isinstance(side, int | float) and not isinstance(side, bool) and 1 <= side <= 1e6 for side in size)
    return tuple(map(int, size)) if good else None


class CocoFile(Target):
    """annotations.json as of version 2, and a folder of images. The texts wait in a file without a name until the images are listed."""

    holds, images = frozenset({"unit"}), IMAGES

    def begin(self):
        self.file = self.open("annotations.json")
        self.file.write('{"info": {"description": "ocr_crnn"}, "imgs": {')
        waiting = tempfile.TemporaryFile("w+", encoding="utf-8", dir=self.folder)  # noqa: SIM115, the stack closes it
        self.waiting = self._stack.enter_context(waiting)
        self.ends = []  # the number of the last text of each image

    def add(self, page, name):
        key, first = len(self.ends) + 1, sum(self.ends[-1:]) + 1
        self.file.write(("," if key > 1 else "") + "\n" + format_image(key, f"{IMAGES}/{name}", page))
        for row in range(len(page)):
            number = first + row
            self.waiting.write(("," if number > 1 else "") + "\n" + format_annotation(number, key, page, row))
        self.ends.append(first - 1 + len(page))

    def end(self):
        self.file.write('\n}, "anns": {')
        self.waiting.seek(0)
        shutil.copyfileobj(self.waiting, self.file)
        bounds = zip([0, *self.ends], self.ends, strict=False)
        listed = ", ".join(f'"{key}": {list(range(start + 1, end + 1))}' for key, (start, end) in enumerate(bounds, 1))
        self.file.write(f'\n}}, "imgToAnns": {{{listed}}}}}\n')


def format_image(key, image_name, page):
    """The record of an image as JSON text, with its key."""
    height, width = page.size
    record = {"id": key, "set": "train", "width": width, "height": height, "file_name": image_name}
    return f'"{key}": ' + json.dumps(record, ensure_ascii=False)


def format_annotation(key, image_key, page, row):
    """The record of a row as JSON text, with its key."""
    quad, text = page.quads[row], page.texts[row]
    (left, top), (right, bottom) = quad.min(axis=0).tolist(), quad.max(axis=0).tolist()
    record = {
        "id": key,
        "image_id": image_key,
        "mask": [round(value, 1) for value in quad.ravel().tolist()],
        "bbox": [round(value, 1) for value in (left, top, right - left, bottom - top)],
        "area": round((right - left) * (bottom - top), 1),
        "legibility": "illegible" if text is None else "legible",
        "class": "others",
        "language": "na" if text is None else "not english",
        "unit": page.unit,
    } | ({} if text is None else {"utf8_string": text})
    return f'"{key}": ' + json.dumps(record, ensure_ascii=False)
