# ruff: noqa: E501, SIM905 — tables of signs read better in long lines.
"""Signs by how often they are met: units in one sign, notes, numbers in circles, Roman numbers, fractions, letters beside figures.

`confusable.draw_units` and `draw_marks` draw each sign they know alike, so ㎥ comes as seldom as ㎚ and is taken for ㎡.
"""

from ocr_crnn.synthesis.text import fields, templates
from ocr_crnn.synthesis.text import vocabulary as words
from ocr_crnn.synthesis.text.fields import choose, digits, number

# Each as often as it stands here.
_UNITS = (
    "㎡ ㎡ ㎡ ㎡ ㎡ ㎡ ㎥ ㎥ ㎥ ㎥ ㎢ ㎢ ㎠ ㎤ ㎜ ㎜ ㎜ ㎜ ㎝ ㎝ ㎝ ㎝ ㎞ ㎞ ㎞ ㎞ ㎏ ㎏ ㎏ ㎏ ㎏ ㎎ ㎎ ㎎ ㎍ ㎖ ㎖ ㎖ ℓ ℓ ℓ ㎗ ㏄ ㎾ ㎾ ㎾ ㎿ ㎸ ㎸ ㎐ ㎒ ㎓ ㏈ ㏊ ㏊ ㎧ ㎩ ㎫ ㎬ ㎚ ㎛ ㎲ ㎳ ㎃ ㎶ ㎷ ㎈ ㎉ ℃ ℃ ℃ ℃ ℉ % % ‰ ㎕ ㎣ ㎦"
).split()
# The same quantities in letters, which a reader has to tell from the signs, and units that stand before or after a sign.
_SPELT = "kg mg km mm cm m kW MW kV Hz MHz GHz dB ml mL L kL cc ha Pa MPa kcal cal m² m³ cm² km² ㎥/h ㎥/일 ㎎/ℓ ㎎/L ㎍/㎥ ㎏/㎡ ㎏/㎥ ㎞/h ㎾h ㎿h ㎧ W V A".split()
_BEFORE = ("", "", "", "", "약 ", "총 ", "최대 ", "±", "(", "≤", "≥", "=", "Φ", "φ", "×")
_NOTES = "¹²³⁴⁵⁶⁷⁸⁹"
_ROMAN = "ⅠⅠⅡⅡⅢⅢⅣⅣⅤⅤⅥⅦⅧⅨⅩⅪⅫⅰⅱⅲⅳⅴ"
_CIRCLED = (*fields.CIRCLED[:15], *"❶❷❸❹❺❻❼❽❾❿")
_FRACTIONS = "½½⅓⅔¼¾⅕⅛⅜"
_SEALS = ("㊞", "㊞", "(인)", "(印)")
_FORMS = "㈜㈜㈔㈐㈑㈎㈏㈒"
_LISTS = "※※○○●●◎◇◆□■△▲▽▼▷▶◁◀☞★☆♣♠§¶†‡*#→⇒➔➜✓✔☑☐"


def draw_signs(rng):
    """A text with some of them, 1 to about 60 characters."""
    return choose(rng, _KINDS)(rng)


def draw_quantities(rng):
    """면적 84.97㎡, 120㎥/h, 3×5㎝"""
    return choose(rng, (" ", ", ", " / ", " ~ ")).join(_quantity(rng) for _ in range(number(rng, 1, 3)))


def _quantity(rng):
    value = choose(rng, (f"{number(rng, 1, 999)}", f"{rng.uniform(0, 999):.{number(rng, 1, 2)}f}", f"{number(rng, 1000, 99999):,}", f"{number(rng, 1, 99)}×{number(rng, 1, 99)}"))
    label = choose(rng, ("", f"{choose(rng, words.NOUNS)} ", f"{choose(rng, words.FIELD_LABELS)} ", f"{choose(rng, words.FIELD_LABELS)}: "))
    unit = choose(rng, _UNITS if rng.random() < 0.7 else _SPELT)
    return label + choose(rng, _BEFORE) + value + choose(rng, ("", "", "", " ")) + unit


def draw_notes(rng):
    """참고¹ 면적² 12m³"""
    return " ".join(f"{templates.draw_word(rng)}{choose(rng, _NOTES) if rng.random() < 0.6 else ''}" for _ in range(number(rng, 1, 4))) + choose(rng, ("", "", f" {choose(rng, _NOTES)}{choose(rng, (' ', ')', ') '))}{templates.draw_phrase(rng)}"))


def draw_numbered(rng):
    """❶ 추진 배경 ❷ 추진 경과, 제Ⅻ장 보칙"""
    if rng.random() < 0.4:
        return choose(rng, ("제{}장 {}", "{}. {}", "{} {}", "{}-{}", "부록 {} {}")).format(choose(rng, _ROMAN), templates.draw_phrase(rng))
    first = number(rng, 0, len(_CIRCLED) - 1)
    return " ".join(f"{_CIRCLED[(first + n) % len(_CIRCLED)]}{choose(rng, ('', ' '))}{templates.draw_phrase(rng)}" for n in range(number(rng, 1, 3)))


def draw_fraction(rng):
    """1½컵과 ¾컵, ⅓ 지분"""
    whole = str(number(rng, 1, 12)) if rng.random() < 0.5 else ""
    return f"{choose(rng, ('', choose(rng, words.NOUNS) + ' '))}{whole}{choose(rng, _FRACTIONS)}{choose(rng, ('', ' ', '컵', '인치', ' 지분', '씩', '개'))}{choose(rng, ('', ' ' + choose(rng, words.NOUNS)))}"


def draw_party_sign(rng):
    """대표이사 김하늘 ㊞, ㈔한빛협회"""
    if rng.random() < 0.5:
        return f"{choose(rng, words.POSITIONS)} {fields.person(rng)} {choose(rng, _SEALS)}"
    return f"{choose(rng, _FORMS)}{choose(rng, ('', '', ' '))}{choose(rng, words.COMPANY_STEMS)}{choose(rng, words.COMPANY_FIELDS)}"


def draw_listed(rng):
    """※ 첨부 서류 참조, ▲ 3.2% → 4.1%"""
    mark = choose(rng, _LISTS)
    return choose(rng, (f"{mark} {templates.draw_phrase(rng)}", f"{mark}{choose(rng, words.NOUNS)}", f"{mark}{number(rng, 1, 99)}", f"{choose(rng, words.NOUNS)} {mark} {choose(rng, words.NOUNS)}", f"{choose(rng, words.NOUNS)}{mark}", f"{templates.draw_phrase(rng)} {mark}"))


def draw_code(rng):
    """Letters beside digits, as passports, models and forms have them: M123A4567, KS C 8305, AB-1203"""
    letters = lambda count: "".join(choose(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(count))  # noqa: E731
    # A passport of Korea has nine signs; these have eight or ten, so they are nobody's.
    forms = (f"{letters(1)}{digits(rng, 3)}{letters(1)}{digits(rng, number(rng, 0, 1) * 2 + 3)}", f"{letters(1)}{digits(rng, choose(rng, (7, 9)))}", f"{letters(2)}-{digits(rng, 4)}", f"KS {letters(1)} {digits(rng, 4)}", f"{letters(3)}{digits(rng, 3)}-{letters(1)}", f"{digits(rng, 2)}{letters(2)}{digits(rng, 3)}", f"제{digits(rng, 4)}-{digits(rng, 3)}호", f"{choose(rng, '서울 부산 경기 강원 충북 대구 인천 제주'.split())} {number(rng, 0, 9):02}-{digits(rng, 6)}-{digits(rng, 2)}")
    return choose(rng, ("", "", f"{choose(rng, words.FIELD_LABELS)} ", f"{choose(rng, words.NOUNS)}: ")) + choose(rng, forms)


_KINDS = (*[draw_quantities] * 6, draw_notes, draw_numbered, draw_numbered, draw_fraction, draw_party_sign, *[draw_listed] * 2, *[draw_code] * 3)
