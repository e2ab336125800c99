"""Numbers as Korean documents write them: 48,400,000 · 3억 2천만 · 사천팔백만 · 壹百貳拾萬 · 二〇二五."""

import re
from decimal import Decimal

_WRITTEN = ("영공零〇", "일一壹壱弌", "이二貳貮弐", "삼三參叁参", "사四肆", "오五伍", "육륙六陸", "칠七柒漆", "팔八捌", "구九玖")
_DIGITS = {sign: digit for digit, signs in enumerate(_WRITTEN) for sign in signs}
_SMALL = {sign: 10**power for power, signs in ((1, "십十拾"), (2, "백百佰"), (3, "천千仟阡")) for sign in signs}
_GROUPS = {sign: 10**power for power, signs in ((4, "만萬万"), (8, "억億"), (12, "조兆")) for sign in signs}
UNIT_SIGNS = "".join(_SMALL) + "".join(_GROUPS)
SIGNS = "".join(_DIGITS) + UNIT_SIGNS
HANJA_DIGITS = "".join(sign for sign in _DIGITS if not "가" <= sign <= "힣")

# Grouped by commas; by dots or with spaces where every group has three digits and there are two of them; or plain.
_DECIMALS = r"(?:\.\d{1,2}(?!\d))?"
FIGURES = (
    rf"(?:\d{{1,3}}(?:,\d{{3}})+(?!\d){_DECIMALS}|\d{{1,3}}(?:\s?[,.]\s?\d{{3}}){{2,}}(?!\d){_DECIMALS}"
    r"|\d{1,3}(?:[,.]\d{3})+(?!\d)|\d+(?:,\d+)+|\d+(?:\.\d+)?)"
)
_TOKEN = re.compile(rf"{FIGURES}|[{SIGNS}]")


def parse_figures(text, whole=False):
    """(int or Decimal, notes) of figures, or None; the number is None where the grouping is broken.

    whole: a number of things that have no parts, so that 1.000 is a thousand whose comma was misread.
    """
    spaced, text = bool(re.search(r"\s", text)), re.sub(r"\s", "", text)
    notes = ("spaces",) if spaced else ()
    if (
        re.fullmatch(r"\d{1,3}(,\d{3})*(\.\d{1,2})?|\d+(\.\d{1,2})?", text)
        or not whole
        and re.fullmatch(r"(\d{1,3}(,\d{3})*|\d+)\.\d+", text)
    ):
        return _number(text.replace(",", "")), notes
    if re.fullmatch(r"\d{1,3}([,.]\d{3})+(\.\d{1,2})?", text):
        head, dot, tail = text.rpartition(".") if re.search(r"\.\d{1,2}$", text) else (text, "", "")
        return _number(re.sub(r"[,.]", "", head) + dot + tail), (*notes, "separators")
    if re.fullmatch(r"[\d,.]*\d", text):
        return None, (*notes, "grouping")
    return None


def parse_numeral(text, whole=False):
    """(int or Decimal, notes) of a number in figures, words or both, or None where it is no number.

    A 만, 억 or 조 multiplies all since the one before; 십, 백 and 천 the digit before them, or one. Powers have to fall:
    삼백만 is a number, 만삼만 is none.
    """
    signs = re.sub(r"\s", "", text)
    if re.fullmatch(rf"[{''.join(_DIGITS)}]{{2,}}", signs):  # 二〇二五: by place
        return int("".join(str(_DIGITS[sign]) for sign in signs)), ()
    if not re.search(f"[{SIGNS}]", text):
        return parse_figures(text, whole)
    total, group, pending, last_small, last_group, notes = 0, 0, None, 10**4, 10**16, ()
    for token in (found.group() for found in _TOKEN.finditer(text)):
        if token in _GROUPS:
            part = group + (pending or 0)
            if pending is None and group == 0:
                part = 1 if total == 0 else 0
            if part == 0 or _GROUPS[token] >= last_group:
                return None
            total, last_group = total + part * _GROUPS[token], _GROUPS[token]
            group, pending, last_small = 0, None, 10**4
        elif token in _SMALL:
            if _SMALL[token] >= last_small or pending == 0:
                return None
            last_small = _SMALL[token]
            group, pending = group + (1 if pending is None else pending) * last_small, None
        else:
            if pending is not None:
                return None
            pending, noted = (_DIGITS[token], ()) if token in _DIGITS else parse_figures(token) or (None, ())
            notes += noted
            if pending is None or last_small < 10**4 and pending >= last_small:
                return None
    number = total + group + (pending or 0)
    if total and group + (pending or 0) >= last_group:
        return None
    return _whole(number), notes


def _number(digits):
    return _whole(Decimal(digits)) if "." in digits else int(digits)


def _whole(number):
    return int(number) if number == int(number) else number


def plain(number):
    """A number that JSON can hold: int where it is whole, else float."""
    return None if number is None else int(number) if number == int(number) else float(number)
