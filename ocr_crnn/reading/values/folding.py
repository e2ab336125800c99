"""Folding: one character for each, so that spans of the folded text are spans of the text."""

import re

_FORMS = {ord(wide): chr(ord(wide) - 0xFEE0) for wide in map(chr, range(0xFF01, 0xFF5F))}  # full width → ASCII
_FORMS |= (
    {ord(dash): "-" for dash in "‐‑‒–—―−ㅡ"}
    | {ord(wave): "~" for wave in "∼〜～"}
    | {ord(space): " " for space in "\u00a0\u2002\u2003\u2009\u3000"}
)
_FORMS |= {ord(quote): "'" for quote in "‘’´`′"}
_FORMS |= {ord(hanja): hangul for hanja, hangul in zip("年月日時分秒元圓円金整", "년월일시분초원원엔금정", strict=True)}
_FORMS |= {ord("￦"): "₩"}

_ALIKE = dict(zip("OoQD○lI|SBZ", "00000111582", strict=True))
_SIGN = "[0-9OoQD○lI|SBZ]"
_RUN = f"{_SIGN}+"
# A run between separators; letters beside it make it a word or a code.
_NUMBER = re.compile(rf"(?<![A-Za-z]){_RUN}(?:[,.:/-]{_RUN})*(?![A-Za-z@])")
_UNIT_AFTER = re.compile(r"\s?[년월일시분초원만억]")
# Syllables that are read for the units: 2025넌 2윌 24임.
_DATE = re.compile(r"(\d{4}\s?)([년넌녀녕냔녇])(\s?\d{1,2}\s?)([월윌웰윕웓훨])(\s?\d{1,2}\s?)([일임잎읽잂읠밀알])")
_WON = re.compile(r"(\d{1,3}(?:,\d{3})+\s?)[윈웬웜현](?![가-힣]|정)|(\d{1,3}(?:,\d{3})+\s?)[윈웬웜현](?=[을를이은에의](?![가-힣]))")
# 사천팔백만 윈정: after a numeral of two signs or more 원정 may be misread too; 제2조 원청 is no amount.
_WON_WHOLE = re.compile(r"([일이삼사오육칠팔구십백천만억]{2}\s?|,\d{3}\s?)(원\s?[청징]|[윈웬웜현]\s?[정청징])(?![가-힣])")
# Numbers whose form alone says that all of their signs are digits: groups of three behind commas, and times.
_GROUPED = re.compile(rf"{_SIGN}{{1,3}}(?:,{_SIGN}{{3}})+|{_SIGN}{{1,2}}(?::{_SIGN}{{2}}){{1,2}}")
_MINUTES = re.compile(rf"(\d{{1,2}}\s?시\s?)({_SIGN}{{1,2}})(?=\s?분)")
_OF_DATE = re.compile(rf"(?<![\w.])((?:19|20){_SIGN}{{2}}\s?\.\s?{_SIGN}{{1,2}}\s?\.\s?)({_SIGN}{{1,2}})(?![\w|])")
# 2024.12,21: two digits three times are no amount. 1960년 ○8월: a month or a day that begins with a nought.
_COMMA_IN_DATE = re.compile(r"(?<![\d.,])(?=\d{4}|\d\d[.,]0)((?:19|20)?\d\d)([.,])(0\d|1[0-2])(?!\2)([.,])([0-2]\d|3[01])(?!\d|[.,]\d)")
_NOUGHT = re.compile(r"(?<=[년월])(\s?)[○〇ㅇ](?=[1-9]\s?[월일])")
# 평화로 78S, 101동: the number of a house before that of a flat.
_HOUSE = re.compile(rf"([로길]\s?)({_SIGN}{{2,4}})(?=,\s?\d{{1,4}}\s?[동층호])")
_LEAST_SHARE = 0.6  # of digits among the characters of a number, before letters beside them are doubted


def fold_forms(text):
    """The text with one form for each dash, quote, space and full-width character; as long as the text."""
    return text.translate(_FORMS)


def fold_digits(text):
    """The text with the letters that print like digits as digits where nothing but a number can stand; as long as the text.

    2O24.01.31 and l,000,O00원 become numbers; A4, 3D, 100l, B12, H2O and 5S stay: S, B, Z, D and Q are digits only between digits,
    l at an end only before the unit of a date or an amount. In 3,1lS,643 and 18:3B:29 the form says that all are digits, also of one ○. Of
    년, 월 and 일 in a date two have to be right; 원 may be misread after digits in groups.
    """
    text = _NUMBER.sub(lambda found: _digits(found.group(), bool(_UNIT_AFTER.match(text, found.end()))), text)
    text = _MINUTES.sub(lambda found: found[1] + _all_digits(found[2]), text)
    text = _HOUSE.sub(lambda found: found[1] + _all_digits(found[2]), text)
    text = _OF_DATE.sub(_day_of_date, text)
    text = _COMMA_IN_DATE.sub(r"\1.\3.\5", text)
    text = _DATE.sub(_units_of_date, _NOUGHT.sub(r"\g<1>0", text))
    text = _WON_WHOLE.sub(lambda found: found[1] + "원" + found[2][1:-1] + "정", text)
    return _WON.sub(lambda found: (found[1] or found[2]) + "원", text)


def _all_digits(written):
    """The text with each letter that prints like a digit as that digit, if a digit is among them."""
    return "".join(_ALIKE.get(sign, sign) for sign in written) if re.search(r"\d", written) else written


def _day_of_date(found):
    digits = sum(sign.isdecimal() for sign in found.group())
    return _all_digits(found[1]) + _all_digits(found[2]) if digits >= 5 else found.group()


def _units_of_date(found):
    if sum(found[place] in "년월일" for place in (2, 4, 6)) < 2:
        return found.group()
    return f"{found[1]}년{found[3]}월{found[5]}일"


def _digits(number, before_unit):
    signs = [character for character in number if character not in ",.:/-"]
    share = sum(character.isdecimal() for character in signs) / len(signs)
    if number.count("○") > 1:  # what somebody has hidden: 1,○○○,000
        return number
    if share == 1 or share < _LEAST_SHARE and not (before_unit and share >= 0.5):
        return number
    if _GROUPED.fullmatch(number):
        return _all_digits(number)
    return re.sub(_RUN, lambda run: _digits_of_run(run.group(), before_unit), number)


def _digits_of_run(run, before_unit):
    inside, last = "OoQDlI|SBZ", "OoI|l" if before_unit else "OoI|"
    written = ""
    for place, character in enumerate(run):
        allowed = "OolI|" if place == 0 else last if place == len(run) - 1 else inside
        written += _ALIKE[character] if character in allowed else character
    return written


def is_written(syllable):
    """Whether a Hangul syllable is one of the 2,350 of KS X 1001, which all but never leave out what Korean writes: 계, not 곘."""
    try:
        return len(syllable.encode("euc_kr")) <= 2
    except UnicodeEncodeError:
        return False


def with_gaps(words):
    """{(what stands before a syllable, what after it): the words that have these} of words, for `nearest`."""
    gaps = {}
    for word in words:
        for place in range(len(word)):
            gaps.setdefault((word[:place], word[place + 1 :]), []).append(word)
    return gaps


def nearest(text, gaps):
    """The only word that is one letter (jamo) from a Hangul text of its length, else None. gaps: of `with_gaps`."""
    near = {
        word
        for place in range(len(text))
        for word in gaps.get((text[:place], text[place + 1 :]), ())
        if letters_apart(text[place], word[place]) <= 1
    }
    return near.pop() if len(near) == 1 else None


# Letters of each place in a syllable that print alike, by their numbers: initials, medials, finals.
_ALIKE_LETTERS = tuple(
    tuple(frozenset(letters.index(letter) for letter in group) for group in groups.split())
    for letters, groups in (
        ("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", "ㄱㄲㅋ ㄷㄸㅌ ㅂㅃㅍ ㅅㅆ ㅅㅈ ㅈㅉㅊ ㅇㅎ ㄹㅌ ㅁㅂ"),
        ("ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ", "ㅏㅑ ㅓㅕ ㅏㅣ ㅓㅣ ㅐㅔ ㅐㅒ ㅔㅖ ㅒㅖ ㅗㅛ ㅜㅠㅡ ㅗㅜ ㅚㅢㅟ ㅘㅙ ㅝㅞ"),
        (" ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ", "ㅇㅁ ㄴㄹ ㅁㅂ ㄱㄲㅋ ㅅㅆㅈ ㄷㅌ ㅌㅍ ㅈㅊ ㅇㅎ ㄹㅌ"),
    )
)


def print_alike(syllable, other):
    """Whether two Hangul syllables differ in one letter, and by letters that print alike: 명 and 멍, 액 and 엑; not 계 and 가."""
    if not ("가" <= syllable <= "힣" and "가" <= other <= "힣"):
        return False
    codes = ord(syllable) - 0xAC00, ord(other) - 0xAC00
    letters = [(code // 588, code % 588 // 28, code % 28) for code in codes]
    different = [(place, {one, two}) for place, (one, two) in enumerate(zip(*letters, strict=True)) if one != two]
    return len(different) == 1 and any(different[0][1] <= group for group in _ALIKE_LETTERS[different[0][0]])


def letters_apart(text, other):
    """How many letters (jamo) differ between two texts of one length; 9 for each place where they differ and one is no Hangul syllable."""
    apart = 0
    for one, two in zip(text, other, strict=True):
        if one != two and not ("가" <= one <= "힣" and "가" <= two <= "힣"):
            apart += 9
        elif one != two:
            one, two = ord(one) - 0xAC00, ord(two) - 0xAC00
            apart += (one // 588 != two // 588) + (one % 588 // 28 != two % 588 // 28) + (one % 28 != two % 28)
    return apart
