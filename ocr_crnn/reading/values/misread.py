# ruff: noqa: E501 — tables of forms read better in long lines.
"""Values of which one sign was misread, lost or added: their form says what they are, not which; the value is None, and not valid.

    20나4.09.17 · 2024년 7월 2Q4일 · 053-0933-다6692 · 044-*2**-9227 · 19:28가09 · 615-55-50나69 · lee@venhyo,co.kr

A text has the form of a value but for one sign if it has the form itself with any one of its signs left out, or with a sign that
stands for anything put in place of one or between two. Only what has much form is so doubted: a date of three parts, a telephone
number of three groups, a time of seconds or of two digits on both sides.
"""

import re

from ocr_crnn.reading.values.value import Value

# Signs that stand for anything: in place of a digit, in place of another sign, and for a sign that was lost.
_DIGIT, _OTHER, _LOST = "\0", "\1", "\2"
_ANY = f"{_DIGIT}{_OTHER}{_LOST}"
_N = rf"[\d{_ANY}]"
_MONTH = rf"(?:0?[1-9]|1[0-2]|[01]?[{_ANY}]|[{_ANY}]\d)"
_DAY = rf"(?:0?[1-9]|[12]\d|3[01]|[0-3]?[{_ANY}]|[{_ANY}]\d)"
_YEAR = rf"(?:[12{_ANY}]{_N}{{3}})"
_SHORT_YEAR = rf"(?:['{_ANY}]{_N}{{2}})"
_WEEKDAY = rf"(?: ?[({_ANY}][월화수목금토일{_OTHER}][){_ANY}])?"
_HIDDEN = rf"[*●•○X{_ANY}]"
_AREA = rf"(?:0[1-8{_ANY}]{_N}?|[{_ANY}][1-8]\d|[{_ANY}][26])"


def _dash(sign):
    """A dash may be misread, but is not taken for lost: two numbers side by side are no third."""
    return f"[{sign}{_OTHER}]"


_FORMS = tuple(
    (kind, re.compile(candidate), re.compile(form))
    for kind, candidate, form in (
        (
            "date",
            r"(?<![\w.,'])[^\s.,():]{2,5}(?:[.,]{1,2} ?| )[^\s.,():]{1,3}(?:[.,]{1,2} ?| )[^\s.,()~가-힣]{1,3}(?:\.(?!\d))?(?: ?[^\s\d]?[월화수목금토일윌]\S?)?",
            rf"(?:{_YEAR}|{_SHORT_YEAR})[.{_OTHER}{_LOST}] ?{_MONTH}[.{_OTHER}{_LOST}] ?{_DAY}\.?{_WEEKDAY}",
        ),
        (
            "date",
            r"(?<![\w.,'])[^\s,.()]{1,6}년? ?[^\s,.()]{1,4}월? ?[^\s,.()]{1,3}일(?: ?\(\S{1,3})?",
            rf"{_YEAR}[년{_OTHER}] ?{_MONTH}[월{_OTHER}] ?{_DAY}[일{_OTHER}]{_WEEKDAY}",
        ),
        ("date", r"(?<![\w.,-])[^\s,.()-]{3,5}-[^\s,.()-]{1,3}-[^\s,.()~가-힣-]{1,3}", rf"{_YEAR}-{_MONTH}-{_DAY}"),
        ("date", r"(?<![\w.,/])[^\s,.()]{7,11}", rf"{_YEAR}{_dash('/')}{_MONTH}{_dash('/')}{_DAY}"),
        (
            "phone",
            r"(?<![\w.*-])\(?[^\s().,*-]{1,4}[-.,)~]{1,2} ?[^\s(),.]{2,6}[-.,~]{1,2}[^\s(),.~가-힣-]{0,4}[^\s(),.~-]",
            rf"\(?{_AREA}[)\-.{_OTHER}] ?(?:{_N}{{3,4}}|{_HIDDEN}{{4}})[\-.{_OTHER}]{_N}{{4}}",
        ),
        ("phone", r"(?<![\w.*-])\+[^\s(),.-]{1,3}-[^\s(),.-]{1,3}-[^\s(),.-]{2,5}-[^\s(),.-]{3,5}", rf"\+8{_N}-{_N}{{1,2}}-{_N}{{3,4}}-{_N}{{4}}"),
        ("time", r"(?<![\w.:-])[^\s가-힣]\S[^\s가-힣]\S\S\S\S\S\S?", rf"[0-2{_ANY}]{_N}{_dash(':')}[0-5{_ANY}]{_N}{_dash(':')}[0-5{_ANY}]{_N}"),
        ("time", r"(?<![\w.:-])[^\s,./()-]{2}[:가-힣|][^\s,./()-]{2}(?=[\s~]|$)", rf"[0-2{_OTHER}]\d[:{_OTHER}][0-5{_OTHER}][\d{_OTHER}]"),
        ("business", r"(?<![\w*-])[^\s-]{2,4}-[^\s-]{1,3}-[^\s(),가-힣-]{3,5}[^\s(),-]", rf"{_N}{{3}}-{_N}{{2}}-{_N}{{5}}"),
        ("rrn", r"(?<![\w*-])[^\s-]{5,7}[-~]\S[*●•X\S]{4,6}[*●•X]", rf"{_N}{{6}}{_dash('-')}[1-8{_ANY}]{_HIDDEN}{{6}}"),
        ("card", r"(?<![\w*-])[^\s-]{3,5}-[^\s-]{3,5}-[^\s-]{3,5}-[^\s(),-]{3,5}", rf"{_N}{{4}}-(?:{_N}|{_HIDDEN}){{4}}-(?:{_N}|{_HIDDEN}){{4}}-{_N}{{4}}"),
        (
            "email",
            r"(?<![\w.@-])[A-Za-z][^\s@,()/]{2,40}@(?=\S*[.,])[^\s@()/]{3,60}(?<![.,])",
            rf"[A-Za-z0-9._+{_OTHER}-]+@(?:[A-Za-z0-9{_OTHER}-]+[.{_OTHER}])+[a-z{_DIGIT}{_OTHER}]{{2,7}}",
        ),
        (
            "email",
            r"(?<![\w.@/-])(?!www)[a-z][a-z.]{1,30}[0-9_-][a-z0-9._-]{,20}[^\sa-z@,./-][a-z0-9.]{3,60}\.(?:com|net|org|kr|example)(?![\w.])",
            rf"[a-z0-9._-]{{3,}}{_OTHER}[a-z]+(?:\.[a-z]+)+",
        ),
    )
)  # fmt: skip


def find_misread(text):
    """Values of what has the form of a value but for one sign, in a text whose forms are folded; some may overlap."""
    for kind, candidate, form in _FORMS:
        for found in candidate.finditer(text):
            if one_sign_off(found.group(), form):
                yield Value(kind, found.start(), found.end(), None, False, notes=("near",))


def one_sign_off(text, form):
    """Whether a text has a form but for one sign, or has it.

    form: a compiled pattern, in which \\0 stands for a digit that was read in place of another sign, \\1 for any other sign that was, and
    \\2 for a sign that was lost, wherever it allows one.
    """
    for place in range(len(text) + 1):
        before, after = text[:place], text[place + 1 :]
        wrong = _DIGIT if text[place : place + 1].isdecimal() else _OTHER
        if place < len(text) and (form.fullmatch(before + after) or form.fullmatch(before + wrong + after)):
            return True
        if form.fullmatch(before + _LOST + text[place:]):
            return True
    return False
