"""Sets of AI Hub that have one JSON an image: what was gathered of them → Pages, and what lies there without its other half."""

from collections import Counter

from ocr_crnn.data.aihub.font_records import FONT_IMAGES, KINDS
from ocr_crnn.data.aihub.gathering import Gatherer
from ocr_crnn.data.aihub.labels import make_page
from ocr_crnn.data.aihub.matching import find_twins
from ocr_crnn.data.aihub.telling import WrongDataSetError
from ocr_crnn.data.gt_utility import GTUtility
from ocr_crnn.data.samples import ARCHIVE_MARK, resolve_path
from ocr_crnn.data.validation import ValidationReport
from ocr_crnn.untrusted.zips import JOIN_PARTS

SPLITS = ("training", "validation")


def read_per_image(folder_or_zip, data_sets, kind=None, split=None):
    """The GTUtility of the labels of these DataSets. Raises FileNotFoundError and WrongDataSetError."""
    check_choice(kind, split)
    root, report = resolve_path(folder_or_zip), ValidationReport()
    gathered = gather(root, report, data_sets, kind, split)
    require_labels(root, gathered, report, data_sets)
    pages = make_pages(gathered, report)
    finish_report(gathered, pages, report)
    return GTUtility(pages, report)


def require_labels(root, gathered, report, data_sets):
    """Raise WrongDataSetError where no label is there that is wanted."""
    if not any(label.wanted for label in gathered.labels):
        raise WrongDataSetError(tell_wrong(root, gathered, report, data_sets))


def check_choice(kind, split):
    """Raise ValueError for a kind or a split that is none."""
    for name, value, known in (("kind", kind, KINDS), ("split", split, SPLITS)):
        if value is not None and value not in known:
            raise ValueError(f"A {name} is one of {', '.join(known)} or None. Received: {name}={value!r}.")


def gather(root, report, data_sets, kind=None, split=None):
    """What a Gatherer finds; of a single zip, in the one of its other half, too."""
    if not root.is_file():
        return Gatherer(root, report, data_sets, kind, split)()
    others, above = find_twins(root)
    return Gatherer(root.absolute(), report, data_sets, kind, split, above)(others)


def make_pages(gathered, report):
    """The Pages of the labels, in their order; a label is let go once its Page is made."""
    pages, images, facts, labels_of, found_of = [], gathered.images, Counter(), Counter(), Counter()
    while gathered.labels:
        label = gathered.labels.popleft()
        archive = label.where.partition(ARCHIVE_MARK)[0]
        labels_of[archive] += 1
        image = images.find(label.names, label.place)
        if image is None:
            same = images.count(label.names)
            report.add("image_missing", label.where, f"{same} of its name elsewhere" if same else label.file_name or "")
            continue
        found_of[archive] += 1
        if image.taken:
            report.add("duplicate_image", label.where, images.path(image))
            continue
        image.taken = True
        if not label.wanted:
            continue
        if not label.texts:
            report.add("page_without_text", label.where)
        page = make_page(label, images.path(image), report)
        if page is not None:
            pages.append(page)
            facts[f"images of {label.data_set}"] += 1
            if split := images.splits[label.place]:
                facts[f"{split} images"] += 1
    for names, place in gathered.foreign:
        if (image := images.find(names, place)) is not None:
            image.taken = True
    for path in gathered.zips:
        if labels_of[path] and not found_of[path]:
            report.add("labels_without_images", path, f"{labels_of[path]:,} labels")
    report.facts |= facts
    return pages


def finish_report(gathered, pages, report, used_elsewhere=()):
    """Add to the report the images that no label is of, and its facts. used_elsewhere: paths of images that another reader has used."""
    unused = Counter()
    for image in gathered.images.all_files():
        path = gathered.images.path(image)
        if not image.taken and path not in used_elsewhere:
            unused[path.partition(ARCHIVE_MARK)[0]] += 1
            report.add("image_without_record", path)
    for path, held in gathered.zips.items():
        if held["images"] and not held["labels"] and unused[path] == held["images"]:
            report.add("images_without_labels", path, f"{held['images']:,} images")
    report.facts |= {"json_files": gathered.count_json(), "images_used": len(pages), "texts": sum(map(len, pages))}


def tell_wrong(root, gathered, report, data_sets):
    """The message where no label of the sets is there: what has to be, what is, what to do."""
    told = [f"{count:,} of {name}" for name, count in gathered.told.most_common()]
    held = f"{root} with {gathered.count_json():,} JSON files{': ' if told else ''}{', '.join(told)}"
    kinds = ("json_unknown", "json_damaged", "zip_damaged")
    firsts = (next((f"{where}: {detail}" for kind, where, detail in report.rows if kind == wanted), None) for wanted in kinds)
    held += "".join(f"; {first}" for first in firsts if first)
    images = sum(1 for _ in gathered.images.all_files())
    held += f"; {images:,} images" if images else ""
    fixes = []
    if any(".zip.part" in path.lower() for path in gathered.packed):
        fixes.append(f"Join the pieces NAME.zip.partN first: {JOIN_PARTS}.")
    if any(".zip.part" not in path.lower() for path in gathered.packed):
        fixes.append("Unpack the download first: tar -xf NAME.tar.")
    if gathered.labels:
        fixes.append("Ask for another split or kind.")
    fixes.append("Give the folder of the download, with the zips of its labels and those of its images, which may stay packed.")
    names = ", ".join(data_set.name for data_set in data_sets)
    names += ", which has a printed_data_info.json or like it" if FONT_IMAGES in data_sets else ""
    return f"The folder has to hold labels of {names}. Received: {held}. {' '.join(fixes)}"
