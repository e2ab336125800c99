"""Amounts of money: 일금 사천팔백만 원정 · 48,400,000원 · ₩48,400,000 · 3억 2천만 원 · △1,200원 · US$1,200.50.

A number is money by what stands beside it: 일금 before words, the sign or code of a currency, 원 or another unit after it. An
amount given in words and again in figures is one value; where the two differ it has none, and both are in `others`.
"""

import re

from ocr_crnn.reading.values.numerals import FIGURES, SIGNS, UNIT_SIGNS, parse_figures, parse_numeral, plain
from ocr_crnn.reading.values.value import AFTER, Value

_MARKS = {"₩": "KRW", "\\": "KRW", "$": "USD", "US$": "USD", "€": "EUR", "¥": "JPY", "£": "GBP"}
_CODES = ("KRW", "USD", "EUR", "JPY", "CNY", "GBP")
_NAMES = {"원": "KRW", "달러": "USD", "불": "USD", "유로": "EUR", "엔": "JPY", "위안": "CNY", "파운드": "GBP"}

_NUMBER = re.compile(
    rf"(?P<figures>(?<![\d.,]){FIGURES}(?:\s?[{UNIT_SIGNS}]{{1,3}}(?:\s?{FIGURES}(?=\s?[{UNIT_SIGNS}원]))?)*)|(?P<words>[{SIGNS}](?:\s?[{SIGNS}]){{0,60}})"
)
_MARK = rf"US\$|[{re.escape(''.join(mark for mark in _MARKS if len(mark) == 1))}]|(?<![A-Za-z])(?:{'|'.join(_CODES)})"
_BEFORE = re.compile(
    rf"(?P<sign>(?<![\d\w])[-△▲])?(?P<label>(?<![가-힣])(?:[일一壹]\s?)?금\s?[:：]?\s?)?(?P<mark>{_MARK})?\s?(?P<inner>-)?$"
)
_AFTER = re.compile(rf"\s?(?P<name>{'|'.join(_NAMES)})(?P<whole>\s?정(?![가-힣]))?(?:{AFTER})|\s?(?P<code>{'|'.join(_CODES)})(?![A-Za-z])")
_TORN = re.compile(rf"(?<![\w,.])[^\s,.()]{{1,4}}(?:,[^\s,.()]{{3,4}})+원(?:{AFTER})")
_REACH = 12
_BETWEEN = re.compile(r"\s?[(\[/]?\s?")
_LEAST_WORDS = 2


def find_amounts(text):
    """Values of the amounts of a text whose forms are folded, in the order of the text."""
    joined = []
    for number in _NUMBER.finditer(text):
        amount = _amount(text, number)
        both = amount and joined and _both(text, *joined[-1], *amount)
        if both:
            joined[-1] = both, None
        elif amount:
            joined.append(amount)
    return [value for value, _ in joined]


def parse_amount(text):
    """The Value of a text that is known to be an amount, so that no unit need stand beside it; None where it is none.

    text: as it was read, forms folded. (1,200) is minus 1,200, as in accounts.
    """
    whole = [value for value in find_amounts(text) if not re.search(r"[^\s()\[\].:]", text[: value.start] + text[value.end :])]
    if whole:
        return whole[0]
    found = re.fullmatch(rf"\s*(?P<open>\(?)(?P<sign>[-△▲]?)\s?(?P<number>{FIGURES})(?P<close>\)?)\s?-?\s*", text)
    parsed = found and parse_figures(found["number"], whole=True)
    if not parsed:
        return None
    number, notes = parsed
    minus = bool(found["sign"]) or bool(found["open"] and found["close"])
    start, end = found.start("open") if minus else found.start("number"), found.end("close") if minus else found.end("number")
    return Value("money", start, end, plain(-number if minus and number else number), number is not None, "KRW", notes)


def torn_amount(text):
    """The Value of a text that a label of amounts speaks of and that is figures in groups but for one place; None where it is not.

    1,95,860 · 10,220,00 · 1,3다4,020 · 5.,050: one sign was lost, added or read for another. The value is None, and not valid.
    """
    found = re.fullmatch(r"\s*(?P<number>[₩\\]?\s?[^\s,.원]{1,4}(?:[,.]{1,2}[^\s,.원]{1,4})+)\s?원?\s*", text)
    if not found:
        return None
    first, *groups = re.split(r"[,.]+", found["number"].lstrip("₩\\ "))
    signs = first + "".join(groups)
    others = sum(not sign.isdecimal() for sign in signs)
    added = sum(len(group) == 4 and not group.isdecimal() for group in groups)  # the sign too many is the one that is no digit
    torn = sum(len(group) != 3 for group in groups) + (len(first) > 3) - added
    if others + torn > 1 or len(signs) - others < 3 or len(groups) == 1 and len(groups[0]) == 1:
        return None
    return Value("money", *found.span("number"), None, False, "KRW", ("grouping",))


def find_torn_amounts(text):
    """Values of what `torn_amount` takes, with 원 after it: 1,392,43Q0,000원 says that it is money, not how much."""
    for found in _TORN.finditer(text):
        value = torn_amount(found.group())
        if value:
            yield value._replace(start=found.start(), end=found.end())


def _amount(text, number):
    """(Value, whether it is in words) of a number, or None where nothing says that it is money."""
    start, end, is_words = number.start(), number.end(), number["words"] is not None
    after = _AFTER.match(text, end)
    # 계약금액이 삼백만원: a particle that is a numeral too stands before the words.
    for offset in (0, *(piece.end() for piece in re.finditer(r"\s", text[start:end]) if is_words)):
        before = _BEFORE.search(text, max(0, start + offset - _REACH), start + offset)
        parsed = parse_numeral(text[start + offset : end], whole=bool(after and after["name"] == "원"))
        if parsed and _is_money(text, start + offset, end, before, after, is_words, parsed[1]):
            break
    else:
        return None
    value, notes = parsed
    unit = _NAMES[after["name"]] if after and after["name"] else after["code"] if after else _unit_of(before["mark"])
    if value is not None and (before["sign"] or before["inner"]):
        value = -value
    end = after.end() if after else end
    if not after and before["mark"] and text[end : end + 1] == "-" and not text[end + 1 : end + 2].isdecimal():
        end += 1  # ₩ 1,000-
    first = before.start() + len(before.group()) - len(before.group().lstrip())
    return Value("money", first, end, plain(value), value is not None, unit, notes), is_words


def _unit_of(mark):
    return "KRW" if mark is None else _MARKS.get(mark, mark)


def _is_money(text, start, end, before, after, is_words, notes):
    number = text[start:end]
    if is_words:
        if before["label"]:
            return len(number) >= _LEAST_WORDS or bool(after)
        alone = not re.search(r"[가-힣\w]$", text[:start][-1:])
        said = re.search(r"[십백천만억十百千萬億拾佰仟]", number) and len(re.sub(r"\s", "", number)) >= _LEAST_WORDS
        # 구조원, 이조원: a word more often than trillions; 만원, 천원: a unit, or full.
        return bool(alone and said and after and after["name"] and not re.fullmatch(r".\s?[조兆]", number))
    if "grouping" in notes and not (before["mark"] or after):
        return False
    return bool(after or before["mark"] or before["label"] and len(number) >= 4)


def _both(text, first, first_in_words, second, second_in_words):
    """An amount in words and in figures side by side as one value, or None where they are two amounts."""
    between = text[first.end : second.start]
    if first_in_words in (None, second_in_words) or first.unit != second.unit or not _BETWEEN.fullmatch(between):
        return None
    enclosed = "(" in between and text[second.end : second.end + 1] == ")"
    notes, end = (*first.notes, *second.notes), second.end + enclosed
    if first.value == second.value and first.value is not None:
        return Value("money", first.start, end, first.value, True, first.unit, (*notes, "both_forms"))
    if not between.strip():
        return None
    return Value("money", first.start, end, None, False, first.unit, (*notes, "conflict"), (first.value, second.value))
