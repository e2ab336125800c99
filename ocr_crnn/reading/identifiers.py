"""Numbers that stand for a person or a company, found in text: also spaced, broken over lines, and with letters read for digits.

    find_identifiers("주민등록번호 9OO1O1-1234567") → [Identifier("rrn", 7, 21, "9001011234567", False, "form", "주민등록번호")]

How a number is found:

1. Dashes and spaces of every kind are made alike, and letters that print like digits are taken for them (`LOOK_ALIKES`), one for one, so
   that places in the folded text are those of the text. A number may be so folded where three of five of its digits were read as digits.
2. The text is searched for the forms of numbers, at every place. No further digit may touch a number.
3. A form that other numbers have too needs more: a label before it (identifier_labels.py), a day that exists, a check digit. A label of
   orders, parcels, goods (a veto) takes numbers without dashes away, but not what has the form of a resident number and a day that exists.
4. Of numbers that overlap the one with the better reason is kept, then the longer, then the earlier.

`rule` says why: "label", "form", "check", "masked" (its end is hidden already), "near" (the form is there, the day is not: one misread
digit would explain it), "loose" (a label stands before digits that have no form; the whole of them is given). The last two are doubtful.
"""

import re

from ocr_crnn.reading.check_digits import birth_of, check_business, check_corporate, check_ean13, check_foreigner, check_luhn, check_rrn
from ocr_crnn.reading.damaged_numbers import BANK_SHAPES, REGIONS, find_damaged
from ocr_crnn.reading.folded_text import DASH, DIGITS, GAP, Identifier, digits_of, fold, matches, stands_alone
from ocr_crnn.reading.identifier_labels import REGISTRATION, VETO, bank_before, label_after, label_before

KINDS = ("rrn", "foreigner", "passport", "licence", "card", "account", "phone", "business", "corporate", "email")
DOUBTFUL = ("near", "loose")  # rules
HIDDEN = "*＊●•○X×x█■"  # what stands for digits that are hidden already
def find_identifiers(text, kinds=KINDS, context=""):
    """The Identifiers of these kinds in a text, in its order, none over another.

    text: lines parted by line breaks; a number may go on in the next line. context: what stands before all of it, such as the header of
    its cell: its labels count. Raises ValueError for a kind that is not one of KINDS.
    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise ValueError(f"Identifiers are {', '.join(KINDS)}. Received: {', '.join(map(str, unknown))}. Leave it out.")
    folded = fold(text, context)
    found = sorted((candidate for find in _FINDERS for candidate in find(folded)), key=_rank)
    kept = []
    for candidate in found:
        if all(candidate.end <= other.start or candidate.start >= other.end for other in kept):
            kept.append(candidate)
    return sorted((one for one in kept if one.kind in kinds), key=lambda one: one.start)


_RANKS = {"label": 0, "form": 1, "masked": 1, "check": 2, "near": 3, "loose": 4}


def _rank(candidate):
    checked = candidate.valid is not True
    return _RANKS[candidate.rule], checked, KINDS.index(candidate.kind), candidate.start - candidate.end, candidate.start


# --- forms ---------------------------------------------------------------------------------------------------------------------

def _run(count, of=r"\d"):
    """So many digits, which may be spaced one by one."""
    return of if count == 1 else rf"{of}(?:{GAP}{of}){{{count - 1}}}"


def _any_place(pattern):
    """The pattern at every place, matches that overlap too."""
    return re.compile(f"(?=({pattern}))")


_HIDDEN = f"[{re.escape(HIDDEN)}]"
_THIRTEEN = _any_place(rf"({_run(6)})({DASH}| ?[*/] ?)({_run(7)})|(\d{{6}}{GAP}\d{{7}}|\d(?:[ \n]\d){{12}})")
_ENDS_HIDDEN = _any_place(rf"({_run(6)})(?:{DASH}| ?)({_run(7, _HIDDEN.replace('[', '[0-9'))})")
_BEGINS_HIDDEN = _any_place(rf"(?<!{_HIDDEN})({_run(6, _HIDDEN)})(?:{DASH}| ?)({_run(7)})")
_SHORT = _any_place(
    rf"\d{{5}}{DASH}\d{{7}}|\d{{6}}{DASH}(?:\d{{12,20}}|\d{{8}}|\d{{6}})|\d{{7}}{DASH}\d{{7}}"
    rf"|\d{{1,5}}[A-Za-z%]\d{{1,5}}{DASH}\d{{7}}"
)
_THREE_FOURS = _any_place("|".join("[- ]".join(rf"\d{{{4 - (i == short)}}}" for i in range(4)) for short in range(4)))
_TORN_CARD = _any_place(r"\d{4}-\d{4}-[^\s,]{0,2}\d[^\s,]{5,10}\d")
_FOURS = rf"{_run(4)}(?:[ \n]{{0,2}}[-.·/]?[ \n]{{0,2}}{_run(4)}){{3}}"
_CARD = _any_place(rf"{_FOURS}|{_run(4)}[- ]{{1,3}}{_run(6)}[- ]{{1,3}}{_run(4)}\d?")
_FOUR_BEHIND, _FOUR_BEFORE = re.compile(r"[- ]{1,3}(\d{4})(?!\d)"), re.compile(r"(?<!\d)(\d{4})[- ]{1,3}$")
_CARD_HIDDEN = _any_place(rf"\d{{4}}(?:[ -]{{0,3}}[\d{re.escape('*●•X×')}]{{4}}){{2}}[ -]{{0,3}}\d{{3,4}}")
_LICENCE = _any_place(rf"(1[1-9]|2[0-68]){DASH}({_run(2)}){DASH}({_run(6)}){DASH}({_run(2)})")
_LICENCE_IN_CELLS = _any_place(r"(1[1-9]|2[0-68])\n(\d\d)\n(\d{6})\n(\d\d)")
_LICENCE_OF_REGION = re.compile(rf"({'|'.join(REGIONS)}) ?-?({GAP}\d\d[ \n]?[-.·:]?[ \n]?{_run(6)}[ \n]?[-.·:]?[ \n]?{_run(2)})")
_TORN_LICENCE = re.compile(rf"({'|'.join(REGIONS)}) ?-?(\d{{1,2}} ?[-.·:] ?\d{{5,7}} ?[-.·:] ?\d{{1,3}})")
_LICENCE_AFTER_HANGUL = re.compile(r"(?<=[가-힣])( ?)(\d\d-\d{6}-\d\d)")  # a region that was misread
_PASSPORT = _any_place(r"[A-Z0-9$§&][ \n]?\d{3} ?[A-Z0-9][ \n]?\d{4}|[A-Z$§&][ \n]?\d{8}|[A-Z$§&]\d{1,7}\n\d{1,7}")
_PASSPORT_FORM = re.compile(r"[MSRODGPT]\d{3}[A-Z]\d{4}|[A-Z]{1,2}\d{7,8}")
_MRZ = re.compile(r"[A-Z0-9<]{9}[\dOISB][A-Z<]{3}[\dOISB]{7}[MFX<][\dOISB]{7}[A-Z0-9<]{16}")
_GROUPS = re.compile(r"(?<![\d-])\d{2,13}(?:[ \n]?[-.·]{1,2}[ \n]?\d{1,13}| \d{2,7}){1,4}(?! ?- ?\d|\d)|(?<!\d)\d{9,17}(?!\d)")
_TORN_BEGINNING = re.compile(r"(?<![\d-])\d{2,6}-[^\s\d가-힣:/,-]$")
_SOME_LABEL = re.compile(r"(?:[번변]\s?[호오]|좌|은행)\s?[:：]?\s?$")  # of which the beginning was not read
_MOBILE = r"01[016789]"
_AREA = rf"(?:{_MOBILE}|02|0[3-6]\d|070|050\d|080)"
_BETWEEN = r"(?:[ \n]{0,2}[-.·)/][ \n]{0,2}| {0,2}|\n)"
_PHONE = _any_place(rf"\(?{_AREA}\)?{_BETWEEN}\d{{3,4}}{_BETWEEN}\d{{4}}")
_PHONE_ABROAD = _any_place(
    r"(?:\+ ?82|82(?=[- .(]))[- .()0]{0,4}(?:1[016789]|2|[3-6]\d|70|50\d|80)[- .)]{0,3}\d{3,4}[- .]{0,3}\d{4}"
)
_PHONE_SPREAD = _any_place(r"0 1 [016789](?: ?-)?(?: \d){3,4}(?: ?-)?(?: \d){4}")  # a box to a digit
# As spreadsheets write it, and without its area: a label has to say what they are.
_PHONE_CUT = _any_place(r"1[016789][- .]?\d{3,4}[- .]?\d{4}|(?!1[568]\d\d-)\d{3,4}-\d{4}")
_BUSINESS = _any_place(rf"({_run(3)}{DASH}{_run(2)}{DASH}{_run(5)})|(\d{{10}})")
_EMAIL = re.compile(r"[A-Za-z0-9][\w.+%-]{0,63}[ \n]?@[ \n]?[A-Za-z0-9가-힣][\w가-힣-]{0,62}(?: ?\. ?[A-Za-z][\w-]{0,62}){1,8}", re.ASCII)
_DATE = re.compile(r"(?:19|20)\d\d ?[-.] ?\d{1,2} ?[-.] ?\d{1,2}$")


# --- resident, foreigner and corporate numbers ---------------------------------------------------------------------------------


def _find_thirteen(folded):
    for start, end, match in matches(folded, _THIRTEEN, joined=True):
        value = digits_of(folded, start, end)
        dashed = match[3] is not None
        if not dashed and not stands_alone(folded, start, end):
            continue
        label = label_before(folded.text, start, folded.context)
        if dashed and "/" in match[3] and (not birth_of(value) or (label and label.kind not in ("rrn", "foreigner", REGISTRATION))):
            continue  # a slash parts two numbers of something
        found = _judge_thirteen(value, dashed, label, " " in folded.loose[start:end])
        if found:
            kind, valid, rule = found
            yield Identifier(kind, start, end, value, valid, rule, label.text if label and label.kind == kind else None)


def _judge_thirteen(value, dashed, label, spaced=False):
    """(kind, valid, rule) of 13 digits, or None. Of a dashed form with a day that exists only a corporate label with a right check digit
    says otherwise; without dashes a label is asked for, or the check digit, and no veto."""
    announced = label.kind if label else None
    kind = "foreigner" if value[6] in "5678" else "rrn"
    valid = check_rrn(value) or check_foreigner(value)
    born, corporate = birth_of(value) is not None, check_corporate(value)
    if announced in ("corporate", "business") and (corporate or not born):
        return "corporate", corporate, "label"
    if announced in ("rrn", "foreigner"):
        return announced if kind == "rrn" else kind, valid, "label"
    if dashed and born:
        return kind, valid, "form"
    if dashed and corporate and announced != VETO:
        return "corporate", True, "check"
    if dashed and announced != VETO and _nearly_born(value):
        return kind, False, "near"
    if not dashed and born and (announced == REGISTRATION or (spaced and announced is None)):
        return kind, valid, "near"
    bar_code = value.startswith("880") and check_ean13(value)
    if not dashed and valid and announced != VETO and not bar_code:
        return kind, True, "check"
    return None


def _nearly_born(value):
    """Whether one other digit makes the first seven those of somebody born."""
    return any(birth_of(value[:i] + digit + value[i + 1 : 7]) for i in range(7) for digit in "0123456789")


def _find_hidden_ends(folded):
    """Resident numbers of which somebody has hidden the end, 900101-1234***, or the beginning."""
    for match in (*_ENDS_HIDDEN.finditer(folded.plain), *_BEGINS_HIDDEN.finditer(folded.plain)):
        start, end = match.span(1)
        day, rest = "".join(match[2].split()), "".join(match[3].split())
        shown = len(rest) - len(rest.lstrip("0123456789"))  # digits of the second half
        partly = day.isdecimal() and rest[shown:].strip(HIDDEN) == "" and (shown < 2 or (shown < 7 and birth_of(day + rest[0])))
        if (partly or not day.isdecimal()) and stands_alone(folded, start, end):
            kind = "foreigner" if rest[0] in "5678" else "rrn"
            yield Identifier(kind, start, end, digits_of(folded, start, end), None, "masked", None)


_OF_OTHERS = (VETO, "business", "corporate", "account", "card")


def _find_short_thirteen(folded):
    """A digit lost or added, a letter between digits: a resident number where a label says so, or where the day exists still."""
    for start, end, match in matches(folded, _SHORT):
        label, value = label_before(folded.text, start, folded.context), digits_of(folded, start, end)
        if label and label.kind in ("rrn", "foreigner"):
            yield Identifier(label.kind, start, end, value, False, "near", label.text)
            continue
        before, after = (re.sub(r"\D", "", part) for part in re.split(r"[^\dA-Za-z%]+", match[1], maxsplit=1))
        damaged = (len(before), len(after)) in ((6, 6), (7, 7), (6, 7)) or len(after) >= 12  # the last with what stands behind it
        born = birth_of(before[:6] + after[0]) or birth_of(before[-6:] + after[0])
        if damaged and born and (label is None or label.kind not in _OF_OTHERS):
            yield Identifier("foreigner" if after[0] in "5678" else "rrn", start, end, value, False, "near", None)


# --- cards, licences, passports, accounts --------------------------------------------------------------------------------------


def _find_cards(folded):
    for start, end, _ in matches(folded, _CARD):
        value, label = digits_of(folded, start, end), label_before(folded.text, start, folded.context)
        announced, valid = label.kind if label else None, check_luhn(value)
        parts = [len(part) for part in re.split(r"[^\d]+", folded.loose[start:end])]
        parted = parts in ([4, 4, 4, 4], [4, 6, 5]) or sorted(parts) == [4, 4, 8]
        issued = value[0] in "34569" or 2221 <= int(value[:4]) <= 2720
        if announced == "card" and (len(value) == 16 or valid):
            behind, before = _FOUR_BEHIND.match(folded.loose, end), _FOUR_BEFORE.search(folded.loose[:start])
            if not valid and label.distance <= 2 and behind and check_luhn(value[4:] + behind[1]):
                # Five groups, of which the last four are right: which are the card's is not known, so all are hidden.
                yield Identifier("card", start, behind.end(1), value + behind[1], False, "near", label.text)
            elif not (valid and before and 4 <= label.distance <= 6 and not check_luhn(before[1] + value[:12])):
                yield Identifier("card", start, end, value, valid, "label", label.text)
        elif announced not in (VETO, "account") and issued and valid and len(value) >= 15:
            yield Identifier("card", start, end, value, True, "form" if parted else "check", None)
        elif (announced not in (VETO, "account") or label.distance > 2) and issued and parted and len(value) == 16:
            yield Identifier("card", start, end, value, False, "near", None)
    for start, end, _ in (*matches(folded, _THREE_FOURS), *matches(folded, _TORN_CARD)):  # one digit lost, or something between them
        label, value = label_before(folded.text, start, folded.context), digits_of(folded, start, end)
        if 14 <= len(value) <= 17 and ((label is None and value[0] in "34569") or (label and label.kind == "card")):
            yield Identifier("card", start, end, value, False, "near", label.text if label else None)
    for match in _CARD_HIDDEN.finditer(folded.plain):
        start, end = match.span(1)
        if any(mark in match[1] for mark in HIDDEN) and stands_alone(folded, start, end):
            yield Identifier("card", start, end, digits_of(folded, start, end), None, "masked", None)


def _find_licences(folded):
    for pattern, joined in ((_LICENCE, False), (_LICENCE_IN_CELLS, False), (_LICENCE_OF_REGION, True)):
        for start, end, _ in matches(folded, pattern, joined):
            label = label_before(folded.text, start, folded.context)
            announced = label.kind if label else None
            if pattern is _LICENCE_IN_CELLS and announced != "licence":
                continue
            if announced in ("licence", None, REGISTRATION) or pattern is _LICENCE_OF_REGION or label.distance > 2:
                own = label.text if announced == "licence" else None
                yield Identifier("licence", start, end, digits_of(folded, start, end), None, "label" if own else "form", own)

    for start, end, _ in matches(folded, _TORN_LICENCE, joined=True):
        yield Identifier("licence", start, end, digits_of(folded, start, end), None, "near", None)
    for start, end, match in matches(folded, _LICENCE_AFTER_HANGUL, joined=True):
        label = label_before(folded.text, start, folded.context)
        if label is None or label.kind in ("licence", REGISTRATION):
            own = label.text if label and label.kind == "licence" else None
            yield Identifier("licence", start + len(match[1]), end, digits_of(folded, start, end), None, "near", own)


def _find_passports(folded):
    letters = folded._replace(loose=folded.plain.upper())
    for match in _PASSPORT.finditer(folded.loose.upper()):
        start, end = match.span(1)
        label = label_before(folded.text, start, folded.context)
        value = "".join(letters.loose[start:end].split())
        if "\n" in match[1] and not _PASSPORT_FORM.fullmatch(value):
            continue
        alone = not (folded.plain[start - 1 : start].isascii() and folded.plain[start - 1 : start].isalnum())
        alone &= not (folded.plain[end : end + 1].isascii() and folded.plain[end : end + 1].isalnum())
        if alone and label and label.kind == "passport" and any(c in DIGITS for c in value):
            yield Identifier("passport", start, end, value, None, "label" if _PASSPORT_FORM.fullmatch(value) else "near", label.text)
    for match in _MRZ.finditer(folded.plain.replace(" ", "\0").upper()):
        yield Identifier("passport", *match.span(), match[0], None, "form", None)


def _find_accounts(folded):
    for start, end, _ in matches(folded, _GROUPS):
        while len(digits_of(folded, start, end)) > 17 and " " in folded.loose[start:end]:  # another number follows
            end = folded.loose.rindex(" ", start, end)
        value, written = digits_of(folded, start, end), folded.loose[start:end]
        label = label_before(folded.text, start, folded.context)
        of_company = label and label.kind in ("business", "corporate") and label.distance <= 2
        of_bank = "-" in written and tuple(map(len, re.split(r"\D+", written))) in BANK_SHAPES
        if label is None or label.kind not in ("account", VETO) and not of_company:
            label = label_after(folded.text, end) or label or bank_before(folded.text, start, folded.context, of_bank)
        if label is None and of_bank and _SOME_LABEL.search(folded.text[max(start - 9, 0) : start]):
            yield Identifier("account", start, end, value, None, "near", None)
        elif label and label.kind == "account" and 9 <= len(value) <= 17 and not _DATE.match(written) and not _is_phone(written):
            torn = _TORN_BEGINNING.search(folded.loose[max(start - 9, 0) : start])  # 396-(00120-20-374
            rule, start = ("near", start - len(torn[0])) if torn else ("label", start)
            yield Identifier("account", start, end, value, None, rule, label.text)


# --- telephones, companies, mail -----------------------------------------------------------------------------------------------


def _is_phone(written):
    return bool(re.fullmatch(rf"{_AREA} ?[-.] ?\d{{3,4}} ?[-.] ?\d{{4}}", written))


def _find_phones(folded):
    for pattern in (_PHONE_ABROAD, _PHONE, _PHONE_SPREAD, _PHONE_CUT):
        for start, end, match in matches(folded, pattern, joined=True):
            label = label_before(folded.text, start, folded.context)
            announced, written = label.kind if label else None, match[1]
            parted = len(re.findall(r"\d[ \n]{0,2}[-.·)/][ \n]{0,2}\d", written)) + written.startswith("(") >= 2 or written.startswith("+")
            spaced = len(re.findall(r"\d[ ]{0,2}[-.·) ][ ]{0,2}\d", written)) >= 2
            mobile = bool(re.match(rf"\(?{_MOBILE}", written)) and len(digits_of(folded, start, end)) >= 10
            if pattern is _PHONE_CUT and (announced != "phone" or label.distance > 2):
                continue
            if announced == "phone" or parted or (announced != VETO and (spaced or mobile)):
                own = label.text if announced == "phone" else None
                yield Identifier("phone", start, end, digits_of(folded, start, end), None, "label" if own else "form", own)


def _find_businesses(folded):
    for start, end, match in matches(folded, _BUSINESS):
        value, label = digits_of(folded, start, end), label_before(folded.text, start, folded.context)
        announced, valid = label.kind if label else None, check_business(value)
        if announced == "business":
            yield Identifier("business", start, end, value, valid, "label", label.text)
        elif match[2] and announced != "account" and (valid or announced != VETO):
            yield Identifier("business", start, end, value, valid, "form", None)


def _find_emails(folded):
    for match in _EMAIL.finditer(folded.plain):
        value = "".join(match[0].split())
        yield Identifier("email", *match.span(), value, None, "form", None)


_LOOSE = re.compile(r"[^\s:：]{0,20}\d\S*(?: ?[-*<=+] ?\S{0,20}\d\S*| \d[\d/-]*)*(?: ?-)?")
_CUT = re.compile(r"(?<![\d-])(\d{6}) ?-$", re.MULTILINE)
# How many digits are taken for a number behind its label, from one of which some were lost to one that has some of its neighbour's.
LENGTHS = {"rrn": (6, 15), "foreigner": (6, 15), "passport": (7, 11), "licence": (8, 14), "card": (8, 19), "account": (9, 17)}
_DAY = r"\D{0,3}(?:19|20)?\d\d ?[-./년] ?\d{1,2} ?[-./월] ?\d{1,2}(?!\d)"
_OTHER = re.compile(rf"{_DAY}|(?![A-Z]\d)\S*\d[,.]\d{{3}}(?!\d)|\S*\d ?(?:원|%(?!\S*\d))|\S{{0,2}}[₩￦$€¥\\]|\S*\d:\d\d")


def is_other(written):
    """Whether a text is a date, a time or an amount."""
    return bool(_OTHER.match(written))


def _find_loose(folded):
    """A label that must not be shown the number of, and digits behind it that have no form: all of them. And a day of birth and a dash at
    the end of a line, of which the rest was not read."""
    for match in _LOOSE.finditer(re.sub(r"\bN0\b", "No", folded.loose)):
        start, end = match.span()
        label = label_before(folded.text, start, folded.context)
        if label is None:  # a label may touch its number
            start += re.search(r"\d", match[0]).start()
            label = label_before(folded.text, start, folded.context)
        value = digits_of(folded, start, end)
        least, most = LENGTHS.get(label.kind if label else None, (1, 0))
        if value.startswith("880") and check_ean13(value) and label and label.kind not in ("rrn", "foreigner"):
            continue  # a bar code
        if least <= len(value) <= most and label.distance <= 2 and not is_other(folded.plain[start:].split("\n")[0]):
            yield Identifier(label.kind, start, end, value, None, "loose", label.text)
    for match in _CUT.finditer(folded.loose):
        label = label_before(folded.text, match.start(), folded.context)
        if (birth_of(match[1] + "1") or birth_of(match[1] + "3")) and (label is None or label.kind not in (VETO, "corporate")):
            yield Identifier("rrn", *match.span(), match[1], None, "loose", None)


_FINDERS = (
    _find_thirteen, _find_hidden_ends, _find_short_thirteen, _find_cards, _find_licences, _find_passports, _find_accounts, _find_phones,
    _find_businesses, _find_emails, _find_loose, find_damaged,
)  # fmt: skip
