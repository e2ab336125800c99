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


def find_times(text):
    """Values of the times of a text whose forms are folded. 25:30 without 오전 or 오후 is a ratio, or nothing, and is left out."""
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
            if not valid and not half:
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
