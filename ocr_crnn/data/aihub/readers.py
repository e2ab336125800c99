"""Readers of the sets of AI Hub that have one JSON an image: the folder of a download, or its zips as they are → GTUtility.

All of them take the same: folder_or_zip, the unpacked set, a part of it, the folder of the downloaded zips, or one zip (that of its
other half is looked for beside it). kind: "sentence", "word" or "syllable", None for all; where a set does not say, a text with a space is
a sentence. split: "training" or "validation" by the names of folders and zips, None for both.

A Page is an image with its rows. Attributes of a row: set, split, kind, and what the set says. A text is None where the set says that
it cannot be read. No image is opened. Whatever is wrong with a label is in `.report`, and the reading goes on.
Raise FileNotFoundError for an absent folder and WrongDataSetError, which tells what is there, where no label of the set is.
"""

from ocr_crnn.data.aihub.character_forms import CHARACTER_FORMS
from ocr_crnn.data.aihub.numbered_sets import FINANCE_LOGISTICS, HANDWRITING, PUBLIC_OCR
from ocr_crnn.data.aihub.outdoor import OUTDOOR
from ocr_crnn.data.aihub.per_image import read_per_image
from ocr_crnn.data.aihub.polygons import FINANCE_DOCUMENTS, PACKAGING
from ocr_crnn.data.aihub.public_documents import PUBLIC_DOCUMENTS


def read_aihub_public_documents(folder_or_zip, kind=None, split=None):
    """공공행정문서 OCR (88): scanned documents of offices, a box a word. Attributes: category, make_code, year, decade."""
    return read_per_image(folder_or_zip, (PUBLIC_DOCUMENTS,), kind, split)


def read_aihub_public_ocr(folder_or_zip, kind=None, split=None):
    """OCR 데이터(공공) (71299): documents of 1980 to 2010. Attributes: category, type, writing_style, group, year, decade, dpi."""
    return read_per_image(folder_or_zip, (PUBLIC_OCR,), kind, split)


def read_aihub_finance_logistics(folder_or_zip, kind=None, split=None):
    """OCR 데이터(금융 및 물류): documents of banks and carriers. Attributes as of `read_aihub_public_ocr`."""
    return read_per_image(folder_or_zip, (FINANCE_LOGISTICS,), kind, split)


def read_aihub_handwriting(folder_or_zip, kind=None, split=None):
    """대용량 손글씨 OCR (605): forms filled in by hand; what is printed on them has no label.

    Attributes: writing, pen_type, pen_color, writer_age, writer_sex, written_content, background, application_field, location.
    """
    return read_per_image(folder_or_zip, (HANDWRITING,), kind, split)


def read_aihub_outdoor(folder_or_zip, kind=None, split=None):
    """야외 실제 촬영 한글 이미지 (105): photographs of signs and book covers, about three readable words each. Attributes: orientation."""
    return read_per_image(folder_or_zip, (OUTDOOR,), kind, split)


def read_aihub_finance_documents(folder_or_zip, kind=None, split=None):
    """금융업 특화 문서 OCR (632): photographs of documents; Pages are `turned`. Attributes: writing, "printed" or "handwritten"."""
    return read_per_image(folder_or_zip, (FINANCE_DOCUMENTS,), kind, split)


def read_aihub_packaging(folder_or_zip, kind=None, split=None):
    """의약품·화장품 패키징 OCR: photographs of packages, as `read_aihub_finance_documents`; told by the names of folders."""
    return read_per_image(folder_or_zip, (PACKAGING,), kind, split)


def read_aihub_character_forms(folder_or_zip, kind=None, split=None):
    """다양한 형태의 한글 문자 OCR (91): characters, words and printed forms. Attributes: writing, "printed" or "handwritten"."""
    return read_per_image(folder_or_zip, (CHARACTER_FORMS,), kind, split)
