"""Times of day: 오후 3시 30분 · 15:30 · 15:30:20 · PM 3:30 · 정오. The normal form is 15:30 or 15:30:20."""

import re

from ocr_crnn.reading.values.value import AFTER, Value

_HALF = r"(?P<half>오전|오후|아침|새벽|낮|저녁|밤|AM|PM|a\.m\.|p\.m\.)"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:{_HALF}\s?|(?<![\d:.]))(?P<hour>\d{{1,2}})\s?:\s?(?P<minute>\d{{2}})(?:\s?:\s?(?P<second>\d{{2}}))?(?![\d:])(?:\s?(?P<after>AM|PM)(?![A-Za-z]|\s?\d))?",
        rf"(?<![\d.,])(?:{_HALF}\s?)?(?P<hour>\d{{1,2}})\s?시\s?(?P<minute>\d{{1,2}})\s?분(?:\s?(?P<second>\d{{1,2}})\s?초)?(?:{AFTER})",
        rf"(?<![\d.,])(?:{_HALF}\s?)?(?P<hour>\d{{1,2}})\s?시(?!\s?\d{{1,2}}\s?분)(?P<half_past>\s?반)?(?!간)(?:{AFTER})",
        r"(?<![가-힣])(?P<word>정오|자정)(?![가-힣]{2})",
    )
)
# A digit or a colon was lost: a time still, but which is not certain.
_TORN = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_HALF}\s?(?::\s?[0-5]\d|(?:1[0-2]|0?[1-9])\s?:\s?\d)(?![\d:])",
        r"(?<![\d:.,-])(?:[01]\d|2[0-3])(?::[0-5]\d[0-5]\d|[0-5]\d:[0-5]\d)(?![\d:.,-])",
    )
)
# 1:30 이상, 축척 1:50: a ratio.
_RATIO_AFTER = re.compile(r"\s?(?:이상|이하|미만|초과|(?:의\s?)?비율|의\s?축척|로\s?(?:축소|확대|희석|배합))")
_RATIO_BEFORE = re.compile(r"(?:비율|축척|배율|경쟁률|비례|대비)(?:[은이을로]|\s?:)?\s?$")


def find_times(text):
    """Values of the times of a text whose forms are folded. 25:30 without 오전 or 오후 is a ratio, or nothing, and is left out.

    Of a time that lost a digit or a colon the value is None: 1237:02, PM 7:8.
    """
    for pattern in _TORN:
        for found in pattern.finditer(text):
            yield Value("time", found.start(), found.end(), None, False)
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            groups = found.groupdict()
            if groups.get("word"):
                yield Value("time", found.start(), found.end(), "12:00" if groups["word"] == "정오" else "00:00")
                continue
            hour, minute, second = (int(groups.get(part) or 0) for part in ("hour", "minute", "second"))
            minute = 30 if groups.get("half_past") else minute
            half = (groups.get("half") or groups.get("after") or "").lower().replace(".", "")
            valid = (
                (1 <= hour <= 12 if half in ("am", "pm") else hour <= 24)
                and minute < 60
                and second < 60
                and (hour < 24 or minute == second == 0)
            )
            bare = not half and len(groups.get("hour") or "") == 1 and ":" in found.group()
            before = text[max(found.start() - 8, 0) : found.start()]
            ratio = bare and (_RATIO_AFTER.match(text, found.end()) or _RATIO_BEFORE.search(before))
            if ratio or not valid and not half:
                continue
            notes = () if half or ":" in found.group() or hour > 12 or (groups.get("hour") or "").startswith("0") else ("half_unsaid",)
            hour = _of_day(hour, half)
            written = f"{hour:02}:{minute:02}" + (f":{second:02}" if groups.get("second") else "")
            yield Value("time", found.start(), found.end(), written, valid, notes=notes)


def _of_day(hour, half):
    """The hour of 24: 밤 11시 is 23, 밤 12시 and 밤 1시 are 0 and 1, 낮 12시 is 12."""
    if half in ("pm", "오후", "저녁") or half == "낮" and hour < 6 or half == "밤" and 5 < hour < 12:
        return hour + 12 if hour < 12 else hour
    return 0 if hour == 12 and half in ("am", "오전", "새벽", "밤") else hour
