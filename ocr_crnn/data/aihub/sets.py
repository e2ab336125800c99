"""The sets of AI Hub that are read, and which of them a JSON is of."""

from ocr_crnn.data.aihub.character_forms import CHARACTER_FORMS
from ocr_crnn.data.aihub.font_records import FONT_IMAGES
from ocr_crnn.data.aihub.json_files import key_paths
from ocr_crnn.data.aihub.numbered_sets import FINANCE_LOGISTICS, HANDWRITING, PUBLIC_OCR
from ocr_crnn.data.aihub.outdoor import OUTDOOR
from ocr_crnn.data.aihub.polygons import FINANCE_DOCUMENTS, PACKAGING
from ocr_crnn.data.aihub.public_documents import PUBLIC_DOCUMENTS
from ocr_crnn.data.aihub.telling import first_keys

# A JSON is of the first of these that its keys tell; those that need more keys stand before those that need fewer.
SETS = (
    HANDWRITING, PUBLIC_OCR, FINANCE_LOGISTICS, PACKAGING, FINANCE_DOCUMENTS, PUBLIC_DOCUMENTS, OUTDOOR, CHARACTER_FORMS, FONT_IMAGES,
)  # fmt: skip


def tell_set(keys, where):
    """The DataSet of a JSON with these key paths at a path, or None."""
    where = where.lower()
    return next((data_set for data_set in SETS if data_set.tells(keys, where)), None)


def describe_keys(keys):
    """What is said of a JSON of no known set."""
    return f"a JSON of an unknown kind with the keys {', '.join(sorted(first_keys(keys))[:8]) or 'none'}"


def describe_json(path, report=None):
    """The name of the data set that a JSON belongs to, told by its first keys; a damaged one is added to the report (if given)."""
    keys = key_paths(path, report)
    found = tell_set(keys, str(path))
    return found.name if found else describe_keys(keys)
