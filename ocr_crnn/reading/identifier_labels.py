"""What a number is called: the words that stand before it, in its line or in the header of its cell.

Labels are compared without spaces, for forms spread them, and the long ones with one letter misread.
"""

import re
from typing import NamedTuple

NEAR = 20  # characters, spaces not counted, within which a label speaks of a number
VETO = "veto"  # a label of what is no number of a person: orders, parcels, goods, documents
REGISTRATION = "registration"  # 등록번호 alone: of whom is not said

_WHOSE = (
    "주문|송장|운송장|운송|배송|등기|우편물|소포|택배|승인|거래|전표|영수증|상품|품목|품번|제품|부품|물품|자재|재고|바코드|관리|문서|접수|사건|"
    "허가|인가|증권|시리얼|모델|일련|제조|계약|견적|발주|납품|청구|고지|세금계산서|발급|확인|예약|회원|고객|학번|사번|사원|쿠폰|상품권|화물|"
    "선하증권|신고|공고|입찰|특허|출원|자산|조회|결의|의안|공문|로트|원장|차대|기기|단말기|가맹점|이력|추적|개체"
)
_WORDS = {
    "rrn": ("주민등록번호", "주민번호", "주민등록", "주민등록증", "생년월일주민", "RRN", "ResidentRegistration"),
    "foreigner": ("외국인등록번호", "외국인번호", "국내거소신고번호", "거소신고번호", "AlienRegistration", "ForeignerRegistration"),
    "passport": ("여권번호", "여권", "PassportNo", "Passport"),
    "licence": ("운전면허번호", "운전면허증번호", "면허증번호", "면허번호", "운전면허", "DriverLicense", "DriversLicense", "LicenseNo"),
    "card": ("신용카드번호", "체크카드번호", "카드번호", "신용카드", "체크카드", "법인카드", "결제카드", "CardNo", "CardNumber"),
    "account": (
        "계좌번호", "입금계좌", "계좌", "예금주", "입금", "송금", "환불계좌", "이체", "AccountNo", "Account", "국민은행", "신한은행",
        "우리은행", "하나은행", "농협", "기업은행", "새마을금고", "수협", "신협", "은행", "카카오뱅크", "토스뱅크", "케이뱅크", "뱅크",
    ),
    "phone": ("전화번호", "휴대전화", "휴대폰", "핸드폰", "연락처", "전화", "팩스", "TEL", "FAX", "HP", "H.P", "Mobile", "Phone", "☎", "☏"),
    "business": ("사업자등록번호", "사업자번호", "사업자", "BusinessRegistration"),
    "corporate": ("법인등록번호", "법인번호", "법인"),
    "email": ("이메일", "전자우편", "E-mail", "Email"),
    REGISTRATION: ("등록번호",),
}  # fmt: skip
_LONG = 5  # letters of a label that may have one misread
_VETOES = rf"(?:{_WHOSE})(?:번호|코드|No[.:]?|№)|바코드|[SPI]/N|Lot|Order|Invoice|Tracking|Barcode"


class Label(NamedTuple):
    """kind: of the number it announces, VETO or REGISTRATION. text: the label as it stands, without spaces. distance: from its end to
    the number, in characters, spaces not counted."""

    kind: str
    text: str
    distance: int


def _pattern(words):
    return "|".join(form for word in sorted(words, key=len, reverse=True) for form in (re.escape(word), *_misread(word)))


def _misread(word):
    if len(word) < _LONG or word.isascii():
        return []
    return [re.escape(word[:i]) + "." + re.escape(word[i + 1 :]) for i in range(len(word))]


_PATTERNS = [(kind, re.compile(_pattern(words), re.IGNORECASE)) for kind, words in _WORDS.items()]
_PATTERNS.append((VETO, re.compile(_VETOES, re.IGNORECASE)))
_ORDER = {kind: rank for rank, (kind, _) in enumerate(_PATTERNS)}


def label_before(text, start, context=""):
    """The nearest Label before a place of a text, of its own line and the one above it, then of `context`; None where there is none.

    Of two that end in the same place the longer is taken: 사업자등록번호 is no 등록번호.
    """
    lines = text[:start].split("\n")
    own = "".join(lines[-1].split())[-NEAR * 2 :]
    above = "".join((lines[-2] if len(lines) > 1 else "").split())[-NEAR * 2 :]
    return _nearest(own) or _nearest(above, len(own)) or _nearest("".join(context.split())[-NEAR * 2 :], no_limit=True)


def label_after(text, stop):
    """The kind "account" where the line goes on with a bank or a holder: 110-123-456789 (예금주 홍길동). Otherwise None."""
    rest = "".join(text[stop:].split("\n", 1)[0].split())[:NEAR]
    match = re.match(r"[(\[,/:)]{0,2}(예금주|[가-힣]{2,4}은행|[가-힣]{2,4}뱅크|농협|신협|수협|새마을금고|우체국)", rest)
    return Label("account", match[1], 0) if match else None


def _nearest(before, added=0, no_limit=False):
    """The Label in a stretch of text without spaces that ends nearest to its end."""
    found = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(before):
            distance = len(before) - match.end() + added
            if no_limit or distance <= NEAR:
                found.append((distance, match.start(), _ORDER[kind], Label(kind, match[0], distance)))
    return min(found)[3] if found else None
