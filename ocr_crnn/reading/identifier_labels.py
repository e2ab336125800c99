"""What a number is called: the words that stand before it, in its line or in the header of its cell.

Labels are compared without spaces and brackets, for forms spread them, and the Hangul of those of four syllables and more with some letters
misread: 주믠등록변호 is near enough.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np

NEAR = 20  # characters, spaces not counted, within which a label speaks of a number
FAR = 400  # characters before a number that are looked at: its line and the one above
VETO = "veto"  # a label of what is no number of a person: orders, parcels, goods, documents
REGISTRATION = "registration"  # 등록번호 alone: of whom is not said

_WHOSE = (
    "주문|송장|운송장|운송|배송|등기|우편물|소포|택배|승인|거래|전표|영수증|상품|품목|품번|제품|부품|물품|자재|재고|바코드|관리|문서|접수|사건|"
    "허가|인가|증권|시리얼|모델|일련|제조|계약|견적|발주|납품|청구|고지|세금계산서|발급|확인|예약|회원|고객|학번|사번|사원|쿠폰|상품권|화물|"
    "선하증권|공고|입찰|코드|특허|출원|자산|조회|결의|의안|공문|로트|원장|차대|기기|단말기|가맹점|이력|추적|개체"
)
_WORDS = {
    "rrn": ("주민등록번호", "주민번호", "주민등록", "주민등록증", "생년월일주민", "뒷자리", "뒷번호", "RRN", "ResidentRegistration"),
    "foreigner": ("외국인등록번호", "외국인번호", "국내거소신고번호", "거소신고번호", "AlienRegistration", "ForeignerRegistration"),
    "passport": ("여권번호", "여권", "PassportNo", "Passport"),
    "licence": ("운전면허번호", "운전면허증번호", "면허증번호", "면허번호", "운전면허", "DriverLicense", "DriversLicense", "LicenseNo"),
    "card": ("신용카드번호", "체크카드번호", "카드번호", "신용카드", "체크카드", "법인카드", "결제카드", "CardNo", "CardNumber"),
    "account": (
        "계좌번호", "입금계좌", "계좌", "제좌", "체좌", "게좌", "예금주", "입금", "송금", "환불계좌", "이체", "통장번호",
        "국민은행", "신한은행", "우리은행", "하나은행", "농협", "기업은행", "새마을금고", "우체국", "수협", "신협", "은행", "카카오뱅크",
        "토스뱅크", "케이뱅크", "뱅크", "AccountNo", "Account",
    ),
    "phone": ("전화번호", "휴대전화", "휴대폰", "핸드폰", "연락처", "전화", "팩스", "TEL", "FAX", "HP", "H.P", "Mobile", "Phone", "☎", "☏"),
    "business": ("사업자등록번호", "사업자번호", "사업자", "BusinessRegistration"),
    "corporate": ("법인등록번호", "법인번호", "법인"),
    "email": ("이메일", "전자우편", "E-mail", "Email"),
    REGISTRATION: ("등록번호",),
}  # fmt: skip
_LONG = 4  # syllables of a label that may be misread
_MISREAD = {4: 1, 5: 2, 6: 3, 7: 4}  # letters of it that may be; 5 of longer ones. 주문번호 is one letter away from 주민번호.
_VETOES = rf"(?:{_WHOSE})(?:번호|코드|No[.:]?|№)|코드|[SPI]/N|Lot|Order|Invoice|Tracking|Barcode"
_BANK = r"(?:KB|NH|IBK|SC)?(?:국민|신한|우리|하나|제일|씨티|카카오|카뱅|토스|케이)|KB|NH|IBK|IBK기업|SC|MG새마을"
_BANKS = re.compile(rf"(?<![가-힣])({_BANK})[:：]?$")
_ANY_BANK = re.compile(r"[가-힣A-Za-z]{2,5}(?:은행|뱅크)|농협|신협|수협|새마을금고|우체국")
_BANKS_AND_HOLDERS = re.compile(rf"(?<!\S)({_BANK})\s?[ ,/(]\s?[가-힣]{{2,4}}\)?[:：]?\s*$")


_ANOTHER = re.compile(r"\d{5}|\d{3}-\d{4}")  # a number


class Label(NamedTuple):
    """kind: of the number it announces, VETO or REGISTRATION. text: the label as it stands, without spaces. distance: from its end to
    the number, in characters, spaces not counted."""

    kind: str
    text: str
    distance: int


def _pattern(words):
    """The words, and those of six syllables and more with one of them left out."""
    short = {word[:i] + word[i + 1 :] for word in words if len(word) >= 2 * _LONG - 2 and _is_hangul(word) for i in range(len(word))}
    return "|".join(map(re.escape, sorted({*words} | short, key=lambda word: (-len(word), word))))


def _is_hangul(word):
    return all("가" <= character <= "힣" for character in word)


def letters_of(text):
    """int `(characters, 3)`: initial, medial and final of syllables; anything else is a letter of its own."""
    codes = np.array([ord(character) for character in text], np.int64)
    syllables, index = (codes >= 0xAC00) & (codes <= 0xD7A3), codes - 0xAC00
    parts = np.stack([index // 588, index // 28 % 21, index % 28], axis=1)
    return np.where(syllables[:, None], parts, -codes[:, None])


def _long_labels():
    """{length: (kinds, words, their letters)} of the labels that may be misread."""
    table = {}
    for kind, words in (*_WORDS.items(), (VETO, [f"{whose}번호" for whose in _WHOSE.split("|")])):
        for word in words:
            if len(word) >= _LONG and _is_hangul(word):
                table.setdefault(len(word), []).append((kind, word))
    return {
        length: ([kind for kind, _ in known], [word for _, word in known], np.stack([letters_of(word) for _, word in known]))
        for length, known in table.items()
    }


_PATTERNS = [(kind, re.compile(_pattern(words), re.IGNORECASE)) for kind, words in _WORDS.items()]
_PATTERNS.insert(1, ("rrn", re.compile(r"(?<![가-힣])뒤(?=[:：]?$)")))  # (앞) 900101 (뒤) 1234567
_PATTERNS.append(("passport", re.compile(r"P\w{2,4}(?:p?o|pa)rt(?:[A-Z][o0a№])?", re.IGNORECASE)))  # read with 8 for s
_PATTERNS.append(("passport", re.compile(r"Pas[s8]?p\S{2,3}(?:N[o06]?)?", re.IGNORECASE)))
_PATTERNS.append(("passport", re.compile(r"(?:(?<![가-힣])|[아어이])권번호|P?a?ss?po?r?tNo", re.IGNORECASE)))  # cut off, or letters lost
_PATTERNS.append(("account", re.compile(r"[가-힣]?[좌좍]번[호오9]|[계게케][^약산측량정획시]번호|케좌|계[쉬좨죄쇠솨촤]번호")))
_PATTERNS.append(("account", re.compile(r"[가-힣]금[가-힣]좌")))
_PATTERNS.append(("account", re.compile(r"(?:통장|(?<!보험|유가|선하)증권)(?=[:：]?$)")))  # 미래에셋증권 123-45-678901
_PATTERNS.append(("account", re.compile(r"[가-힣]은[헹햄핼햇앵생횡](?=[:：]?$)")))
_PATTERNS.append(("account", re.compile(r"(?:카카오|케이|토스)(?:뱅[^\s\d:]|[^\s\d:]크)(?=[:：]?$)")))  # one sign of 뱅크 misread
_PATTERNS.append(("rrn", re.compile(r"주민(?!센터|자치|공동|대표|협의|세)[가-힣]{0,4}(?=[:：]?$)")))  # the rest of the label is lost
_PATTERNS.append((VETO, re.compile(_VETOES, re.IGNORECASE)))
_ORDER = {kind: rank for rank, (kind, _) in enumerate(_PATTERNS)}
_LONG_LABELS = _long_labels()


def label_before(text, start, context=""):
    """The nearest Label before a place of a text, of its own line and the one above it, then of the lines of `context`, the last one first;
    None where there is none.

    Of two that end in the same place the longer is taken: 사업자등록번호 is no 등록번호. A label with another number behind it in its line
    is that number's, and so is the context where another number stands before the place.
    """
    lines = text[max(start - FAR, 0) : start].split("\n")
    own, above = _bare(lines[-1]), _bare(next((line for line in reversed(lines[:-1]) if line.strip()), ""))
    label = _nearest(own) or _nearest(above, len(own))
    for line in reversed(context.split("\n")) if context and not _ANOTHER.search(own) else ():
        label = label or _nearest(_bare(line), no_limit=True)
    return label


def _bare(text):
    return "".join(character for character in text if not character.isspace() and character not in "()（）[]")[-2 * NEAR :]


def label_after(text, stop):
    """The kind "account" where the line goes on with a bank or a holder: 110-123-456789 (예금주 홍길동). Otherwise None."""
    rest = _bare(text[stop:].split("\n", 1)[0][: 2 * NEAR])
    match = re.match(r"[,/:]{0,2}(예금주|[가-힣]{2,4}은행|[가-힣]{2,4}뱅크|농협|신협|수협|새마을금고|우체국)(?![:：]?\d)", rest)
    return Label("account", match[1], 0) if match else None


def bank_before(text, start, context="", with_holder=False):
    """The kind "account" where the short name of a bank, no label elsewhere, stands directly before a number: 국민 110-123-456789.

    with_holder: also where a name stands between them, 국민 홍길동 123456-78-901234, which of a number in another form says nothing.
    """
    before = text[max(start - FAR, 0) : start].rpartition("\n")[2]
    before = before if _bare(before) else context.rpartition("\n")[2]
    match = _BANKS.search(_bare(before)) or (with_holder and _BANKS_AND_HOLDERS.search(before))
    return Label("account", match[1], 0) if match else None


def is_bank(text):
    """Whether a text is the name of a bank, short or whole, and nothing else."""
    bare = _bare(text)
    return len(bare) <= 8 and (_BANKS.fullmatch(bare) is not None or _ANY_BANK.fullmatch(bare) is not None)


@lru_cache(maxsize=4096)
def _nearest(before, added=0, no_limit=False):
    """The Label in a stretch of text without spaces that ends nearest to its end."""
    found = [
        (len(before) - match.end() + added, match.start(), 0, _ORDER[kind], kind, match[0])
        for kind, pattern in _PATTERNS for match in pattern.finditer(before)
    ]  # fmt: skip
    found += [(len(before) - end + added, end - len(word), wrong, _ORDER[kind], kind, word) for kind, word, end, wrong in _misread(before)]
    found = [one for one in found if no_limit or one[0] <= NEAR]
    found = [one for one in found if not _ANOTHER.search(before[len(before) + added - one[0] :])]
    return Label(*min(found)[4:], min(found)[0]) if found else None


def _misread(text):
    """(kind, label, where it ends, letters that are wrong) of long labels in a text, as far as few letters are wrong."""
    letters, syllables = letters_of(text), sum("가" <= character <= "힣" for character in text)
    for length, (kinds, words, known) in _LONG_LABELS.items():
        most = _MISREAD.get(length, 5)
        if len(text) < length or syllables < length - most // 3:  # a sign that is no syllable has three wrong letters
            continue
        windows = np.lib.stride_tricks.sliding_window_view(letters, length, axis=0).transpose(0, 2, 1)  # (places, length, 3)
        wrong = (windows[:, None] != known[None]).sum(axis=(2, 3))
        for place, number in np.argwhere(wrong <= most):
            yield kinds[number], words[number], int(place) + length, int(wrong[place, number])
