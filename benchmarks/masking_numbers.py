"""Numbers of persons and what looks like them, for benchmarks/documents_masking.py. None can belong to anybody.

Days of birth exist, for that is what a rule may ask for, but check digits are wrong; licences have a region that is not given out but by
form; the rest has no check that is public.
"""

from ocr_crnn.reading.check_digits import birth_of, check_foreigner, check_luhn, check_rrn
from ocr_crnn.synthesis.text import fields
from ocr_crnn.synthesis.text.fields import choose, digits, number

DASHES = ("-", "-", "-", "-", "-", " - ", "–", "- ")


def _thirteen(rng, sexes, check):
    while True:
        body = f"{digits(rng, 2)}{number(rng, 1, 12):02}{number(rng, 1, 31):02}{choose(rng, sexes)}{digits(rng, 6)}"
        if birth_of(body) and not check(body):
            return body


def rrn(rng):
    """(written, whether it can be told from other numbers without a label)."""
    body = _thirteen(rng, "1234", check_rrn)
    if rng.random() < 0.12:
        return body, False
    return body[:6] + choose(rng, DASHES) + body[6:], True


def foreigner(rng):
    body = _thirteen(rng, "5678", check_foreigner)
    return body[:6] + choose(rng, DASHES) + body[6:], True


def passport(rng):
    letter = choose(rng, "MSROD")
    return choose(
        rng, (f"{letter}{digits(rng, 3)}{choose(rng, 'ABCDEFGHJKLMNPQRSTUVWXYZ')}{digits(rng, 4)}", f"{letter}{digits(rng, 8)}")
    ), False


def licence(rng):
    tail = f"{number(rng, 70, 99)}-{digits(rng, 6)}-{digits(rng, 2)}"
    region = choose(rng, ("서울", "부산", "경기", "강원", "충북", "대구", "인천", "제주"))
    return choose(rng, (f"{choose(rng, (*range(11, 27), 28))}-{tail}", f"{region} {tail}", f"{region}{tail}")), True


def card(rng):
    while True:
        body = choose(rng, "34569") + digits(rng, 15)
        if not check_luhn(body):
            break
    parts = [body[i : i + 4] for i in range(0, 16, 4)]
    return choose(rng, ("-", "-", "-", " ")).join(parts), True


def account(rng):
    groups = choose(rng, ((6, 2, 6), (3, 3, 6), (4, 3, 6), (3, 6, 5), (3, 4, 4, 2), (3, 6, 2, 3), (4, 2, 7), (4, 4, 4)))
    return choose(rng, ("-", "-", "-", "-", "")).join(digits(rng, count) for count in groups), False


LABELS = {
    "rrn": ("주민등록번호", "주민등록번호", "주민번호", "주 민 등 록 번 호", "주민(등록)번호"),
    "foreigner": ("외국인등록번호", "외국인 등록번호", "국내거소신고번호"),
    "passport": ("여권번호", "여권 번호", "Passport No."),
    "licence": ("운전면허번호", "면허번호", "운전면허증번호", "면허증 번호"),
    "card": ("카드번호", "신용카드번호", "카드 번호"),
    "account": ("계좌번호", "입금계좌", "계좌 번호"),
}
NUMBERS = {"rrn": rrn, "foreigner": foreigner, "passport": passport, "licence": licence, "card": card, "account": account}
SHARES = {"rrn": 0.34, "foreigner": 0.1, "passport": 0.1, "licence": 0.12, "card": 0.16, "account": 0.18}


def draw_number(rng):
    """(kind, label or None, written): numbers that need no label have none now and then."""
    kind = str(rng.choice(list(SHARES), p=list(SHARES.values())))
    written, alone = NUMBERS[kind](rng)
    label = None if alone and rng.random() < 0.25 else choose(rng, LABELS[kind])
    if kind == "account" and rng.random() < 0.3:
        label = choose(rng, fields.words.BANKS)
    return kind, label, written


def _order(rng):
    day = f"{number(rng, 2015, 2026)}{number(rng, 1, 12):02}{number(rng, 1, 28):02}"
    written = choose(
        rng, (f"{day}-{digits(rng, 6)}", f"{day}{digits(rng, 5)}", f"{day[2:]}{digits(rng, 7)}", f"{day}-{digits(rng, 7)}", digits(rng, 13))
    )
    return choose(rng, ("주문번호", "접수번호", "승인번호", "관리번호", "거래번호", "전표번호", "계약번호")), written


def _parcel(rng):
    return choose(rng, ("운송장번호", "송장번호", "등기번호")), choose(
        rng, (digits(rng, 12), digits(rng, 13), f"{digits(rng, 4)}-{digits(rng, 4)}-{digits(rng, 4)}")
    )


def _bar_code(rng):
    body = "880" + digits(rng, 9)
    code = body + str(-sum(int(d) * (1 + 2 * (i % 2)) for i, d in enumerate(body)) % 10)
    return choose(rng, (None, None, "바코드", "상품코드")), code


def _phone(rng):
    area = choose(rng, ("02", "031", "032", "051", "053", "062", "064", "070", "010", "010"))
    return choose(rng, ("전화", "연락처", "TEL", "휴대폰", None)), f"{area}-{number(rng, 200, 9999)}-{digits(rng, 4)}"


def _corporate(rng):
    body = f"{choose(rng, ('110', '130', '131', '134', '135', '180', '200'))}{digits(rng, 1)}11{number(rng, 0, 9)}{digits(rng, 5)}"
    return choose(
        rng, ("법인등록번호", "법인등록번호", "법인번호")
    ), f"{body[:6]}-{body[6:]}{-sum(int(d) * (1 + i % 2) for i, d in enumerate(body)) % 10}"


LOOK_ALIKES = {
    "date": lambda rng: (choose(rng, ("일자", "발행일", "생년월일", "기간", None)), fields.date(rng).strip()),
    "amount": lambda rng: (choose(rng, ("금액", "합계", "공급가액", "세액", None)), fields.amount_text(rng)),
    "phone": _phone,
    "order": _order,
    "parcel": _parcel,
    "bar code": _bar_code,
    "corporate": _corporate,
    "business": lambda rng: (choose(rng, ("사업자등록번호", "사업자번호", "등록번호")), fields.business_number(rng)),
    "code": lambda rng: (choose(rng, ("문서번호", "품번", "코드", "모델", None)), fields.code(rng)),
    "time": lambda rng: (choose(rng, ("시간", "시각", None)), fields.time(rng)),
    "quantity": lambda rng: (choose(rng, ("수량", "면적", None)), str(fields.quantity(rng))),
}  # fmt: skip
OFTEN = (0.16, 0.16, 0.12, 0.13, 0.06, 0.09, 0.08, 0.08, 0.06, 0.03, 0.03)


def draw_look_alike(rng):
    """(kind, label or None, written)."""
    kind = str(rng.choice(list(LOOK_ALIKES), p=OFTEN))
    label, written = LOOK_ALIKES[kind](rng)
    return kind, label, written.strip()
