"""Ground truth of whatever kind there is: one's own annotations in the formats of the field, or a set of AI Hub."""

import os
from importlib import import_module
from pathlib import Path

from ocr_crnn.data.aihub import WrongDataSetError, read_aihub
from ocr_crnn.data.annotations.looking import look
from ocr_crnn.data.annotations.rows import is_rotated
from ocr_crnn.data.annotations.source import Source
from ocr_crnn.data.gt_utility import GTUtility
from ocr_crnn.data.validation import ValidationReport

FORMATS = {
    "labelstudio": ("Label Studio JSON or JSON-MIN", "label_studio"),
    "pagexml": ("PAGE XML", "page_xml"),
    "paddleocr": ("PaddleOCR's Label.txt or rec_gt.txt", "paddleocr"),
    "cocotext": ("COCO-Text JSON", "coco_text"),
    "labelme": ("labelme JSON", "labelme"),
    "csv": ("a CSV of file,text", "text_table"),
    "pairs": ("images with a .txt of the same name each", "text_files"),
    "pages": ("page JSON of ocr-crnn", "page_files"),
    "lmdb": ("LMDB of words (data.mdb)", "lmdb_words"),
    "aihub": ("a set of AI Hub", None),
}


def read_ground_truth(path_or_paths, format=None, part=None, kind=None, images=()):
    """The ground truth of a folder, zip or file, or of several → GTUtility, in whatever format it is.

    format: one of FORMATS; None tells it by looking at names and first bytes. part, kind: of AI Hub's sets (`read_aihub`), for other data
        they must be None.
    images: a folder, zip or image, or several, where the images of one's own annotations may lie besides.

    One Page an image, its rows as they are labelled: lines, words or whatever was labelled; a line image has one row that fills it.
    `texts` is None where a text is there and cannot be read, or nobody has typed it. Coordinates are those of the upright picture.
    Images lie below the folder that was named, or in `images`. An image that is not the one that was labelled, by size or SHA-256, is
    left out.

    Whatever is wrong with a record is in `.report`, and the reading goes on. Raises FileNotFoundError for an absent path,
    WrongDataSetError where nothing is annotated in a known format, or in two of them.
    """
    paths = [path_or_paths] if isinstance(path_or_paths, (str, os.PathLike)) else list(path_or_paths)
    if not paths:
        raise ValueError("Ground truth is read from a folder, a zip or a file. Received: none. Name one.")
    read = [read_one(path, format, part, kind, images)[1] for path in paths]
    merged = read[0]
    for other in read[1:]:
        merged = merged.merge(other)
    return merged


def read_one(path, format=None, part=None, kind=None, images=()):
    """`(format, GTUtility)` of one path; the rest as `read_ground_truth`."""
    report = ValidationReport()
    chosen, source, files = choose_format(path, format, report, images)
    if chosen == "aihub":
        del source, files  # of hundreds of thousands
        return chosen, _read_aihub(path, format, part, kind)
    if part is not None or kind is not None:
        raise ValueError(
            f"Parts and kinds are those of AI Hub's sets. Received: part={part!r}, kind={kind!r} for {path}, "
            f"{FORMATS[chosen][0]}. Leave them out."
        )
    pages = list(iter_annotated(chosen, source, files))
    return chosen, GTUtility(pages, report)


def choose_format(path, format=None, report=None, images=()):
    """`(format, Source, its files of annotations)` of a path. images, and WrongDataSetError: as `read_ground_truth`."""
    if format is not None and format not in FORMATS:
        raise ValueError(f"A format is one of {', '.join(FORMATS)}, or None to look. Received: {format!r}.")
    images = [images] if isinstance(images, (str, os.PathLike)) else list(images)
    source = Source(path, ValidationReport() if report is None else report, images)
    if format == "aihub":
        return _aihub(source, images)
    found = look(source)
    if format is not None and format not in found and source.is_file:
        found[format] = list(source.files)  # a file with a name that says nothing
    if format is not None:
        found = {format: found[format]} if format in found else {}
    if len(found) > 1:
        held = " and ".join(f"{FORMATS[name][0]} ({name}: {Path(files[0]).name}{_and_more(files)})" for name, files in found.items())
        raise WrongDataSetError(
            f"Ground truth is read from one format at a time. Received: {path} with {held}. "
            "Name one of its files or folders, or the format: format=…, of ocr-crnn convert --from …."
        )
    if found:
        return next((name, source, files) for name, files in found.items())
    if format is not None or source.is_file:
        raise WrongDataSetError(_nothing(path, format, source))
    return _aihub(source, images)  # whose reader tells what it has found


def _read_aihub(path, format=None, part=None, kind=None):
    """`read_aihub`; where nobody has said that it is a set of AI Hub, the message that it is none names the other formats too."""
    try:
        return read_aihub(path, part, kind)
    except WrongDataSetError as error:
        if format is not None or part is not None:
            raise
        own = "; ".join(title for name, (title, _) in FORMATS.items() if name != "aihub")
        raise WrongDataSetError(
            f"{error} One's own annotations are {own}; images without any are labelled with ocr-crnn read --format labelstudio."
        ) from None


def _aihub(source, images):
    if images:
        raise ValueError(
            f"Images may lie elsewhere for annotations of one's own. Received: {', '.join(map(str, images))} besides {source.path}, which "
            "holds none of these; the images of a set of AI Hub lie in its folder. Leave the images out, or name the annotations."
        )
    return "aihub", source, []


def is_annotated(path):
    """Whether a path is one file of annotations in a known format; a text file is none, and what is no path neither."""
    return os.path.isfile(path) and bool(look(Source(path, ValidationReport())))


def iter_annotated(format, source, files):
    """Yield the Pages of one's own annotations, one by one; each image once. The facts of the report are complete at the end."""
    reader = import_module(f"ocr_crnn.data.annotations.{FORMATS[format][1]}")
    report, seen = source.report, set()
    facts = dict.fromkeys(("annotation_files", "images_used", "texts", "rotated_texts"), 0)
    facts["annotation_files"] = len(files)
    for page in reader.read(files, source):
        if page.image_path in seen:
            report.add("duplicate_image", page.image_path)
            continue
        seen.add(page.image_path)
        facts["images_used"] += 1
        facts["texts"] += len(page)
        facts["rotated_texts"] += sum(map(is_rotated, page.quads))
        yield page
    report.facts |= facts


def iter_truth(format, source, files):
    """Yield the Pages that `choose_format` has found the format of, AI Hub's too; `source.report` gets the findings."""
    if format != "aihub":
        yield from iter_annotated(format, source, files)
        return
    truth = _read_aihub(source.path)
    source.report.extend(truth.report)
    yield from truth.pages


def _and_more(files):
    return f" and {len(files) - 1:,} more" if len(files) > 1 else ""


def _nothing(path, format, source):
    wanted = FORMATS[format][0] if format else "one of " + "; ".join(title for title, _ in FORMATS.values())
    suffixes = sorted({os.path.splitext(file)[1].lower() or "no suffix" for file in source.files})[:8]
    return (
        f"Ground truth is {wanted}. Received: {path}, {len(source.files):,} files ({', '.join(suffixes) or 'none'}), none of them "
        "annotations of that kind. Name the folder or file of the annotations."
    )
