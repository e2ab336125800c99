"""한국어 글자체 이미지 (81): printed and handwritten lines, and photographs. One JSON a part, images in folders or in zips."""

import os
from functools import lru_cache, partial

from ocr_crnn.data.aihub.font_records import (
    FONT_IMAGES,
    KINDS,
    attributes_of,
    image_size,
    line_page,
    photo_page,
    read_annotations,
)
from ocr_crnn.data.aihub.json_files import iter_records, record_key
from ocr_crnn.data.aihub.sets import describe_json
from ocr_crnn.data.aihub.telling import WrongDataSetError
from ocr_crnn.data.gt_utility import GTUtility
from ocr_crnn.data.samples import ARCHIVE_MARK, base_name, find_files, is_image, normalize, resolve_path
from ocr_crnn.data.validation import ValidationReport
from ocr_crnn.untrusted.zips import JOIN_PARTS

# A part is told by the words in folder, archive and file names, the longer history first: "인쇄체 증강" is augmentation.
PARTS = {
    "augmentation": ("augmentation", "증강"),
    "wild": ("textinthewild", "text in the wild", "text_in_the_wild"),
    "handwriting": ("handwriting", "손글씨"),
    "printed": ("printed", "인쇄체"),
}
# So many JSON files without a known name are looked into; sets with one JSON an image have hundreds of thousands.
_SNIFFED_FILES = 20


def read_aihub_font_images(folder_or_zip, part=None, kind=None):
    """AI Hub 한국어 글자체 이미지 (dataSetSn 81): printed and handwritten lines, and photographs of signs and goods.

    folder_or_zip: the unpacked data set, one part of it, the folder of downloaded zips (images are read straight from
        them), or one zip. The JSON lies in it or, for a zip, beside it.
    part: "printed", "handwriting", "augmentation" or "wild"; None reads all that are there.
    kind: "sentence", "word" or "syllable"; None reads all. Photographs have words and, as "syllable", characters.

    Returns a GTUtility. Lines: one Page an image, its single row fills it. Photographs: one Page an image with a row per
    box; `texts` is None where the set says ignored or gives no text. Attributes of a row: what the JSON says (font, type,
    gender, age …) and part and kind. Sizes come from the JSON; no image is opened. Records and images are joined by id.

    Whatever is wrong with a record is in `.report`, and the reading goes on. Raises FileNotFoundError for an absent folder
    and WrongDataSetError, naming what was found, where no JSON of this set is there.
    """
    if part is not None and part not in PARTS:
        raise ValueError(f"A part is one of {', '.join(sorted(PARTS))} or None. Received: part={part!r}.")
    if kind is not None and kind not in KINDS:
        raise ValueError(f"A kind is one of {', '.join(KINDS)} or None. Received: kind={kind!r}.")
    root, report = resolve_path(folder_or_zip), ValidationReport()
    pages, images, parts = read_parts(root, part, kind, report)
    for image_path in images.unlisted(parts):
        report.add("image_without_record", image_path)
    report.facts |= {"images_used": len(pages), "texts": sum(map(len, pages)), f"images of {FONT_IMAGES.name}": len(pages)}
    return GTUtility(pages, report)


def read_parts(root, part, kind, report):
    """The Pages of the parts in a folder or zip, the image files there and the names of the parts that were read."""
    files = list(find_files(root, partial(report.add, "zip_damaged"), partial(report.add, "no_file")))
    json_paths = _find_json(root, files, report)
    images = _ImageFiles(root, filter(is_image, files))
    pages, parts = [], set()
    for json_path in json_paths:
        json_part = part_of(json_path, root) or _part_of_records(json_path)
        if part in (None, json_part):
            pages += _read_part(json_path, json_part, kind, images, report)
            parts.add(json_part)
    if not parts:
        held = ", ".join(sorted({part_of(path, root) or "?" for path in json_paths}))
        raise WrongDataSetError(f"The part that is asked for has to be there. Received: part={part!r}, {root} holds {held}.")
    report.facts["json_files"] = len(json_paths)
    return pages, images, parts


def part_of(path, root):
    """The part that the names from `root` down to the file tell, the deepest first; None if they tell nothing."""
    names = normalize(path).removeprefix(normalize(root.parent)).lower().replace(ARCHIVE_MARK, "/").replace("\\", "/")
    for name in reversed(names.split("/")):
        for part, words in PARTS.items():
            if any(word in name for word in words):
                return part
    return None


def _part_of_records(json_path):
    """The part that the records themselves tell, for a JSON with a name of its own."""
    first = next(iter_records(json_path, "annotations"), {})
    attributes = attributes_of(first)
    if "bbox" in first:
        return "wild"
    if attributes.get("is_aug") is True:
        return "augmentation"
    return "handwriting" if {"gender", "age"} & set(attributes) else "printed"


def _read_part(json_path, part, kind, images, report):
    """The Pages of one JSON, in the order of its images."""
    rows_of, other_kinds = read_annotations(json_path, kind, report)
    seen_names, seen_keys, pages = set(), set(), []
    for record in iter_records(json_path, "images"):
        key, name = record.get("id"), normalize(record.get("file_name") or "")
        if key is None and not name:
            report.add("bad_record", json_path, f"an image without id and name: {str(record)[:80]}")
            continue
        key = record_key(key if key is not None else os.path.splitext(name)[0])
        name = name or f"{record['id']}.png"
        image_path = images.take(part, name)
        where = f"{json_path} id {record.get('id')}"
        rows = rows_of.pop(key, None)
        if key in seen_keys or (rows is not None and name in seen_names):
            report.add("duplicate_image", where, name)
        elif rows is None:
            if key not in other_kinds:
                report.add("image_without_annotation", where, name)
        else:
            seen_keys.add(key)
            seen_names.add(name)
            if image_path is None:
                report.add("image_missing", where, name)
            elif (page := _page(record, image_path, rows, part, report)) is not None:
                pages.append(page)
    for key in rows_of:
        report.add("annotation_without_image", f"{json_path} id {key}")
    return pages


def _page(record, image_path, rows, part, report):
    size = image_size(record, image_path, report)
    if size is None:
        return None
    if part == "wild" or rows[0][1] is not None:
        photo_type = record.get("type")
        return photo_page(image_path, size, rows, {"part": part} | ({"photo": photo_type} if photo_type else {}), report)
    return line_page(image_path, size, rows[0], {"part": part}) if rows[0][0] is not None else None


class _ImageFiles:
    """The images on disk by part and name. take() hands out a path and remembers that a JSON lists it."""

    def __init__(self, root, paths):
        self._paths = {}
        part_of_folder = lru_cache(maxsize=1000)(lambda folder: part_of(folder, root))
        for path in paths:
            name = base_name(path)
            self._paths.setdefault((part_of_folder(path.removesuffix(name)), normalize(name).lower()), path)
        self._listed = set()

    def take(self, part, name):
        """The path of an image of the part; a merged JSON may give names without extension. None if it is not there."""
        name = base_name(name).lower()
        names = [name] if os.path.splitext(name)[1] else [f"{name}{suffix}" for suffix in (".png", ".jpg", ".jpeg")]
        for key in ((place, candidate) for place in (part, None) for candidate in names):
            if key in self._paths:
                self._listed.add(key)
                return self._paths[key]
        return None

    def listed(self):
        """The paths of images that a JSON lists, a set."""
        return {self._paths[key] for key in self._listed}

    def unlisted(self, parts):
        return (path for key, path in self._paths.items() if key not in self._listed and (key[0] is None or key[0] in parts))


def _find_json(root, files, report):
    """The JSON files of this data set among the files, or beside a zip root. Raises WrongDataSetError."""
    if root.is_file():
        files = [*files, *(os.path.join(root.parent, name) for name in sorted(os.listdir(root.parent)))]
    for path in files:
        if ".zip.part" in base_name(path).lower():
            report.add("zip_part", path)
    found = [path for path in files if path.lower().endswith(".json")]
    named = [path for path in found if "data_info" in base_name(path).lower()]
    kinds = {path: describe_json(path, None if named else report) for path in named or found[:_SNIFFED_FILES]}
    ours = [path for path, kind in kinds.items() if kind == FONT_IMAGES.name]
    if not ours:
        raise WrongDataSetError(_nothing_found(root, files, found))
    for path in named:
        if kinds[path] != FONT_IMAGES.name:
            _tell_left_out(path, kinds[path], report)
    if root.is_file() and (wanted := part_of(root, root)):
        ours = [path for path in ours if part_of(path, root) in (wanted, None)]
    cleaned = {part_of(path, root) for path in ours if "_clean" in base_name(path)}
    superseded = [path for path in ours if "_clean" not in base_name(path) and part_of(path, root) in cleaned]
    for path in superseded:
        report.add("json_superseded", path)
    return [path for path in ours if path not in superseded]


def _tell_left_out(path, kind, report):
    """Add a JSON to the report that is named as one of this set and shows no record of it: damaged from its start on, or another set's."""
    damage = ValidationReport()
    next(iter_records(path, "images", damage), None)
    for row in damage.rows or [("json_foreign", path, kind)]:
        report.add(*row)


def _nothing_found(root, files, json_paths):
    held = f"{len(files)} files, {len(json_paths)} of them JSON"
    if json_paths:
        damage = ValidationReport()
        next(iter_records(json_paths[0], "images", damage), None)
        held += f"; {base_name(json_paths[0])} is {describe_json(json_paths[0])}"
        held += "".join(f", damaged: {detail}" for _, _, detail in damage.rows)
    if any(".zip.part" in path.lower() for path in files):
        held += f"; pieces NAME.zip.partN, which have to be joined first: {JOIN_PARTS}"
    return (
        f"The folder has to hold the JSON of {FONT_IMAGES.name}: printed_data_info.json, handwriting_data_info….json, "
        f"augmentation_data_info.json or textinthewild_data_info.json. Received: {root} with {held}. "
        "Give the folder that the download was unpacked to, or put the JSON beside the zips."
    )
