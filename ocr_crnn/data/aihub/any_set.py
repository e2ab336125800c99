"""read_aihub: finds out which sets of AI Hub lie in a folder, and reads them."""

from ocr_crnn.data.aihub.font_images import read_aihub_font_images, read_parts
from ocr_crnn.data.aihub.font_records import FONT_IMAGES
from ocr_crnn.data.aihub.per_image import check_choice, finish_report, gather, make_pages, require_labels
from ocr_crnn.data.aihub.sets import SETS
from ocr_crnn.data.gt_utility import GTUtility
from ocr_crnn.data.samples import normalize, resolve_path
from ocr_crnn.data.validation import ValidationReport

_SEEN_BEFORE = {"zip_damaged", "no_file", "zip_part", "json_foreign"}  # findings of the walk, which both readers make


def read_aihub(folder_or_zip, part=None, kind=None, split=None, data_set=None):
    """Any set of AI Hub, told by its labels and not by its name → GTUtility.

    folder_or_zip: as of the readers of the single sets. Several sets in one folder are all read; the report's facts say how many
        images are of each, and attribute "set" of which a row is.
    part: "printed", "handwriting", "augmentation" or "wild": of 한국어 글자체 이미지, and of nothing else.
    kind, split: as of the readers of the single sets; 한국어 글자체 이미지 has no split, and is left out where one is asked for.
    data_set: one set only, by its number or a part of its name: 605, "금융업"; labels of others are findings.

    Raises FileNotFoundError for an absent folder, WrongDataSetError, which tells what is there, where there is no label of any set, and
    ValueError for a choice that is none.
    """
    check_choice(kind, split)
    wanted = choose_sets(data_set)
    if part is not None or wanted == (FONT_IMAGES,):
        return read_aihub_font_images(folder_or_zip, part, kind)
    root, report = resolve_path(folder_or_zip), ValidationReport()
    gathered = gather(root, report, wanted, kind, split)
    with_fonts = FONT_IMAGES in wanted and split is None and bool(gathered.font_files or _fonts_beside(root))
    if with_fonts and not gathered.labels:
        return read_aihub_font_images(folder_or_zip, None, kind)
    require_labels(root, gathered, report, wanted)
    pages = make_pages(gathered, report)
    used = ()
    if with_fonts:
        own = ValidationReport()
        font_pages, images, _ = read_parts(root, None, kind, own)
        pages, used = pages + font_pages, images.listed()
        for row in own.rows:
            if row[0] not in _SEEN_BEFORE:
                report.add(*row)
        report.facts[f"images of {FONT_IMAGES.name}"] = len(font_pages)
    finish_report(gathered, pages, report, used)
    return GTUtility(pages, report)


def choose_sets(data_set):
    """The DataSets that a number or a part of a name is of; all of them for None. Raises ValueError where it is of none or of several."""
    if data_set is None:
        return SETS
    found = tuple(each for each in SETS if normalize(data_set).strip() in each.name)
    if len(found) != 1:
        names = ", ".join(each.name for each in SETS)
        raise ValueError(f"A data set is named by its number or a part of its name that no other has: {names}. Received: {data_set!r}.")
    return found


def _fonts_beside(root):
    """Whether the JSON of the images in a zip lies beside it."""
    return root.is_file() and any("data_info" in path.name.lower() for path in root.parent.glob("*.[jJ][sS][oO][nN]"))
