"""Readers of AI Hub data sets: folders or downloaded zips → GTUtility.

`readers.py`: one function a set. `any_set.py`: which set it is. `font_images.py`, `font_records.py`: the set with one JSON a part.
One file a set or family, from a label to its rows: `public_documents.py`, `numbered_sets.py`, `outdoor.py`, `polygons.py`,
`character_forms.py`; `telling.py` and `sets.py` tell them apart. `gathering.py` walks, `matching.py` finds the image of a label,
`rows.py` and `labels.py` make Pages, `per_image.py` does all of that.
"""

from ocr_crnn.data.aihub.any_set import read_aihub
from ocr_crnn.data.aihub.font_images import read_aihub_font_images
from ocr_crnn.data.aihub.readers import (
    read_aihub_character_forms,
    read_aihub_finance_documents,
    read_aihub_finance_logistics,
    read_aihub_handwriting,
    read_aihub_outdoor,
    read_aihub_packaging,
    read_aihub_public_documents,
    read_aihub_public_ocr,
)
from ocr_crnn.data.aihub.sets import describe_json
from ocr_crnn.data.aihub.telling import WrongDataSetError

__all__ = [
    "WrongDataSetError", "describe_json", "read_aihub", "read_aihub_character_forms", "read_aihub_finance_documents",
    "read_aihub_finance_logistics", "read_aihub_font_images", "read_aihub_handwriting", "read_aihub_outdoor", "read_aihub_packaging",
    "read_aihub_public_documents", "read_aihub_public_ocr",
]  # fmt: skip
