"""Numbers with their units: 84.95㎡ · 30% · 14일 이내 · 2부 · 3년."""

import re

from ocr_crnn.reading.values.numerals import FIGURES, parse_figures, plain
from ocr_crnn.reading.values.value import AFTER, Value

_SIGNS = "㎡|㎥|㎏|㎜|㎝|㎞|㎎|ℓ|㎖|℃|%p|%|‰|m²|m³|μg/㎥"
_LATIN = "kWh|kW|MW|kcal|rpm|ppm|MPa|kgf|kg|mg|km|cm|mm|mL|ml|lx|bar|GB|MB|TB|dB|Hz|ha|g|m|t|L|V|A|W|EA|ea"
_COUNTERS = (
    r"개월|개소|개사|개|명|부|매|건|회|대(?!\s?(?:보험|원칙|강국|악))|권|세트|세대|세|박스|병|캔|포|통|자루|켤레|벌|채|필지|마리|그루|송이|롤|시간|주간|주|년간|년|인|"
    "톤|리터|평|퍼센트|킬로그램|그램|미터|쪽|곳|차례|분|초|가구|종"
)
# 일 is a length of time only with what says so: 24일 alone is a day of a month.
_DAYS = r"일(?=\s?(?:이내|간|이전|이후|전|후|동안|이상|이하|미만|초과|안에|까지의|당))"
_UNIT = rf"(?:{_SIGNS})|(?:{_LATIN})(?![A-Za-z0-9])|(?:{_COUNTERS})(?:{AFTER})|{_DAYS}"
_QUANTITY = re.compile(rf"(?<![\w.,:/-])(?P<sign>[-±+△▲])?(?P<number>{FIGURES})\s?(?P<unit>{_UNIT})")
# 12시간 41분, 1년 6개월: one length of time, in its smaller unit.
_LENGTH = re.compile(
    r"(?<![\w.,:/-])(?:(?P<hours>\d{1,4})\s?시간\s?(?P<minutes>\d{1,2})\s?분(?:\s?(?P<seconds>\d{1,2})\s?초)?"
    rf"|(?P<years>\d{{1,2}})\s?년\s?(?P<months>\d{{1,2}})\s?개월)(?:{AFTER})"
)
_NUMBERED = re.compile(r"(?:제\s?|No\.?\s?|№\s?|별지\s?|별표\s?)$", re.IGNORECASE)


def find_quantities(text):
    """Values of the quantities of a text whose forms are folded. 제3장 is a number of a chapter, 2025년 a date, neither is here."""
    for found in _LENGTH.finditer(text):
        if found["years"]:
            yield Value("quantity", found.start(), found.end(), 12 * int(found["years"]) + int(found["months"]), True, "개월")
        elif found["seconds"]:
            seconds = 3600 * int(found["hours"]) + 60 * int(found["minutes"]) + int(found["seconds"])
            yield Value("quantity", found.start(), found.end(), seconds, True, "초")
        else:
            yield Value("quantity", found.start(), found.end(), 60 * int(found["hours"]) + int(found["minutes"]), True, "분")
    for found in _QUANTITY.finditer(text):
        unit = found["unit"]
        if _NUMBERED.search(text, max(0, found.start() - 6), found.start()):
            continue
        parsed = parse_figures(found["number"])
        number, notes = parsed
        broken = "\n" in found.group() and "," in found["number"]  # 33,000 ⏎ 부가세: the next line is another matter
        coded = len(unit) == 1 and unit.isascii() and unit.isalpha() and number is not None and number >= 10_000  # 7741025A
        if (
            number is None
            or broken
            or coded
            or unit in ("년", "년간", "세")
            and number >= 150
            or unit == "분"
            and text[found.end() :].startswith("의")
        ):
            continue
        sign = -1 if found["sign"] and found["sign"][0] in "-△▲" else 1
        yield Value("quantity", found.start(), found.end(), plain(sign * number), True, unit, notes)
