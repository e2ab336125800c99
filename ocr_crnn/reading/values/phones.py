"""Telephone numbers with hidden digits. Whole ones are identifiers (reading/identifiers.py), of others values/misread.py knows."""

import re

from ocr_crnn.reading.values.value import Value

_AREA = r"\(?(?:01[016789]|02|0[3-6]\d|070|050\d|080)\)?"
_HIDDEN = re.compile(rf"(?<![\d-]){_AREA}\s?[-.)]?\s?[*●•○]{{3,4}}\s?[-.]?\s?\d{{4}}(?![\d*-])")


def find_hidden_phones(text):
    """Values of the numbers whose middle is hidden, 010-****-7324: their value is None."""
    for found in _HIDDEN.finditer(text):
        yield Value("phone", *found.span(), None, notes=("masked",))
