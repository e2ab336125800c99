"""Which format the annotations of a folder, zip or file are in: told by names and first bytes, never by trying one reader after another."""

from ocr_crnn.data.aihub import describe_json
from ocr_crnn.data.aihub.json_files import key_paths, open_json
from ocr_crnn.data.annotations import paddleocr, text_files, text_table
from ocr_crnn.data.annotations.json_records import iter_items
from ocr_crnn.data.annotations.source import suffix_of
from ocr_crnn.data.samples import LMDB_NAME, base_name
from ocr_crnn.untrusted.plain import DamagedFileError
from ocr_crnn.untrusted.zips import DAMAGES

LOOKED_AT = 20  # files of a suffix; those of one folder are of one kind
HEAD_BYTES = 4096
TASK_KEYS = {"annotations", "predictions", "completions", "data", "annotation_id", "drafts", "file_upload"}  # of Label Studio
PADDLE_STATE = ("filestate.txt", "cache.cach")  # PPOCRLabel's own notes: images with a tab and a number
LATE = ("crop_img",)  # folders that PPOCRLabel fills with crops


def look(source):
    """`{format: files}` of what is there, in the order of the files; formats as of `ground_truth.FORMATS`, "aihub" for AI Hub's sets."""
    found = {}
    by_suffix = {}
    for path in source.files:
        by_suffix.setdefault(suffix_of(path), []).append(path)
    _look_into_json(by_suffix.get(".json", []), found)
    if sets := [path for path in by_suffix.get(".mdb", []) if base_name(path) == LMDB_NAME]:
        found["lmdb"] = sets
    xml = by_suffix.get(".xml", [])
    if any(b"PcGts" in _head(path, source) for path in xml[:LOOKED_AT]):
        found["pagexml"] = [path for path in xml if b"PcGts" in _head(path, source)]
    tables = [path for suffix in text_table.SUFFIXES for path in by_suffix.get(suffix, [])]
    tables = [path for path in tables[: 10 * LOOKED_AT] if _is_table(path, source)]
    if tables:
        found["csv"] = tables
    _look_into_texts(by_suffix.get(".txt", []), source, found)
    return found


def _look_into_json(paths, found):
    kinds = {path: kind_of_json(path) for path in _first(paths)}
    known = set(kinds.values()) - {None}
    for kind in known:
        # Formats of one file an image: the rest of the folder is of the same kind, and what is not, its reader tells.
        each = kind in ("labelme", "pages") and known == {kind}
        found[kind] = paths if each else [path for path, other in kinds.items() if other == kind]
    rest = known - {"aihub"}  # whose sets have hundreds of thousands of files, which their reader finds
    for path in paths if rest and not (known == rest and rest <= {"labelme", "pages"} and len(rest) == 1) else ():
        if path not in kinds and (kind := kind_of_json(path)) in rest:
            found[kind].append(path)


def _first(paths):
    """Those that are named as of AI Hub, and LOOKED_AT others."""
    named = [path for path in paths if "data_info" in base_name(path).lower()]
    return [*named, *[path for path in paths if path not in named][:LOOKED_AT]]


def kind_of_json(path):
    """The format of a JSON by its first keys; None for one that is of no known format."""
    try:
        with open_json(path) as file:
            head = file.read(200)
    except (*DAMAGES, StopIteration):
        return None
    if b'"ocr_crnn/page/' in head:
        return "pages"
    keys = key_paths(path)
    first = {key.split(".")[0] for key in keys}
    of_items = {key.split(".")[1] for key in keys if key.startswith("item.")}
    if of_items & TASK_KEYS or any(key.startswith("item.") and key.endswith(".original_width") for key in keys):
        return "labelstudio"
    if ("data" in first and first & {"annotations", "predictions", "completions"}) or {"task", "result"} <= first:
        return "labelstudio"
    if "shapes" in first and (first & {"imagePath", "version", "flags"} or "shapes.item.label" in keys):
        return "labelme"
    if first & {"anns", "imgs", "imgToAnns"}:
        return "cocotext"
    if describe_json(path).startswith("a JSON of an unknown kind") and not ("images" in first and "images.item.file_name" in keys):
        return None
    return "cocotext" if _is_listed_coco(path, keys) else "aihub"


def _is_listed_coco(path, keys):
    if keys & {"annotations.item.utf8_string", "annotations.item.segmentation"} or "categories.item.id" in keys:
        return True
    if "images.item.file_name" not in keys or "data_info" in base_name(path).lower() or "annotations.item.id" in keys:
        return False
    record = next(iter_items(path, "annotations.item"), None)
    return isinstance(record, dict) and bool(record.keys() & {"utf8_string", "segmentation"})


def _look_into_texts(paths, source, found):
    pairs = [path for path, _ in text_files.pairs_of(source.neighbours() if source.is_file else source.files)]
    paired = set(pairs)
    others = [path for path in paths if path not in paired and base_name(path).lower() not in PADDLE_STATE]
    named = [path for path in others if base_name(path) in (paddleocr.PAGES_NAME, paddleocr.LINES_NAME)]
    lists = {path: kind for path in dict.fromkeys([*named, *others[:LOOKED_AT]]) if (kind := _list_kind(path, source))}
    if lists:
        of_pages = [path for path, kind in lists.items() if kind == "pages"]
        found["paddleocr"] = of_pages or list(lists)
        for path in lists:
            if of_pages and path not in of_pages:
                source.report.add("labels_not_read", path, f"its lines are cut from the pages of {of_pages[0]}")
    if source.is_file:
        pairs = [path for path in pairs if path in source.files]
    if pairs:
        found["pairs"] = pairs


def _list_kind(path, source):
    """"pages" or "lines" for a list of PaddleOCR, by its first line; else None."""
    for line in _head(path, source, 1 << 16).split(b"\n"):
        if line.strip():
            name, tab, text = line.partition(b"\t")
            named = base_name(path) in (paddleocr.PAGES_NAME, paddleocr.LINES_NAME)
            if not tab or not (named or text_table.is_image_name(name.decode("utf-8", "replace"))):
                return None
            return "pages" if paddleocr.is_of_pages(text.decode("utf-8", "replace")[:1000]) else "lines"
    return None


def _is_table(path, source):
    try:
        text = source.read_lines(path)[:HEAD_BYTES]
    except (OSError, ValueError):
        return False
    first = text.lstrip("\ufeff").split("\n", 1)[0].strip("\r")
    cells = [cell.strip(' "') for cell in first.split(text_table.delimiter_of(text))]
    return len(cells) > 1 and (text_table.columns_of(cells) is not None or any(map(text_table.is_image_name, cells)))


def _head(path, source, most=HEAD_BYTES):
    try:
        return source.head(path, most)
    except (OSError, DamagedFileError):
        return b""
