# ruff: noqa: E501 — rows of cells read better in long lines.
"""Forms of our own drawing, after kinds that every office in Korea knows. Nobody is named on them."""

from ocr_crnn.synthesis.page.blanks import Blank, Place

A4, A5_LEVEL = (841.89, 595.28), (419.53, 595.28)


def labour_contract():
    """표준근로계약서: parties, period, work, hours, wages, insurance."""
    blank = Blank("표준근로계약서", 1, A4, 10)
    x, width, row = 60, 475, 27
    blank.text(x, 52, "표준근로계약서", 20, width, "center")
    blank.text(x, 92, "사업주와 근로자는 다음과 같이 근로계약을 체결하고 이를 성실히 지킨다.")
    y = 116
    blank.row(
        x, y, row, [(85, "사업체명"), (160, Place("employer", "organisation")), (85, "전화번호"), (145, Place("employer_phone", "phone"))]
    )
    blank.row(
        x, y + row, row, [(85, "사업주"), (160, Place("owner", "person")), (85, "사업자번호"), (145, Place("business_number", "brn"))]
    )
    blank.row(x, y + 2 * row, row, [(85, "소재지"), (390, Place("employer_address", "address"))])
    y += 3 * row + 14
    blank.row(x, y, row, [(85, "근로자 성명"), (160, Place("worker", "person")), (85, "생년월일"), (145, Place("birthday", "date"))])
    blank.row(x, y + row, row, [(85, "근로자 주소"), (390, Place("worker_address", "address"))])
    blank.row(x, y + 2 * row, row, [(85, "연락처"), (390, Place("worker_phone", "phone"))])
    y += 3 * row + 14
    blank.row(x, y, row, [(85, "계약 시작일"), (160, Place("start", "date")), (85, "계약 종료일"), (145, Place("end", "date"))])
    blank.row(x, y + row, row, [(85, "근무 장소"), (160, Place("place", "text")), (85, "업무 내용"), (145, Place("work", "text"))])
    blank.row(x, y + 2 * row, row, [(85, "근무일"), (160, Place("days", "text")), (85, "소정근로시간"), (145, Place("hours", "number"))])
    y += 3 * row + 14
    blank.row(
        x,
        y,
        row,
        [(85, "기본급(월)"), (160, Place("wage", "amount", align="right")), (85, "상여금"), (145, Place("bonus", "amount", align="right"))],
    )
    blank.row(
        x,
        y + row,
        row,
        [(85, "지급일"), (160, Place("payday", "text")), (85, "지급방법"), (145, [("paid_directly", "직접"), ("paid_to_account", "계좌")])],
    )
    blank.row(x, y + 2 * row, row, [(85, "예금계좌"), (390, Place("account", "account"))])
    blank.row(
        x,
        y + 3 * row,
        row,
        [
            (85, "사회보험"),
            (
                390,
                [("employment_insurance", "고용보험"), ("accident_insurance", "산재보험"), ("pension", "국민연금"), ("health", "건강보험")],
            ),
        ],
    )
    y += 4 * row + 16
    for number, text in enumerate(
        (
            "1. 연차유급휴가는 근로기준법에서 정하는 바에 따라 준다.",
            "2. 사업주는 계약서를 작성한 때 그 사본을 근로자에게 교부한다.",
            "3. 이 계약에 정함이 없는 사항은 근로기준법령에 따른다.",
        )
    ):
        blank.text(x, y + 17 * number, text)
    y += 66
    blank.text(x + 120, y, "계약일")
    blank.place("signed", "date", x + 165, y - 5, 150, 22)
    blank.text(x + 40, y + 44, "사업주 서명")
    blank.place("owner_signature", "person", x + 105, y + 39, 95, 22)
    blank.text(x + 205, y + 44, "(인)")
    blank.place("owner_seal", "stamp", x + 194, y + 32, 38, 38)
    blank.text(x + 260, y + 44, "근로자 서명")
    blank.place("worker_signature", "person", x + 325, y + 39, 95, 22)
    blank.text(x + 425, y + 44, "(인)")
    blank.place("worker_seal", "stamp", x + 414, y + 32, 38, 38)
    return blank


def tax_invoice():
    """세금계산서: supplier and customer side by side with the same labels, four lines of goods, totals."""
    blank = Blank("세금계산서", 1, A5_LEVEL, 8.5)
    x, row = 40, 23
    blank.text(x, 26, "세 금 계 산 서", 17, 515, "center")
    blank.text(x + 380, 34, "책번호")
    blank.place("book", "text", x + 415, 31, 90, 17)
    y = 56
    for side, name, left in (("supplier", "공급자", x), ("customer", "공급받는자", x + 257)):
        blank.row(left, y, row, [(21, name, 4)])
        blank.row(left + 21, y, row, [(52, "등록번호"), (184, Place(f"{side}_number", "brn", align="center"))])
        names = [(52, "상호"), (86, Place(f"{side}_name", "organisation")), (36, "성명"), (62, Place(f"{side}_person", "person"))]
        blank.row(left + 21, y + row, row, names)
        blank.row(left + 21, y + 2 * row, row, [(52, "주소"), (184, Place(f"{side}_address", "address"))])
        trade = [(52, "업태"), (86, Place(f"{side}_trade", "text")), (36, "종목"), (62, Place(f"{side}_item", "text"))]
        blank.row(left + 21, y + 3 * row, row, trade)
    blank.place("supplier_seal", "stamp", x + 222, y + row - 6, 34, 34)
    y += 4 * row + 6
    blank.row(x, y, row, [(100, "작성일자"), (140, "공급가액"), (124, "세액"), (150, "비고")])
    blank.row(
        x,
        y + row,
        row,
        [
            (100, Place("date", "date", align="center")),
            (140, Place("supply", "amount", align="right")),
            (124, Place("tax", "amount", align="right")),
            (150, Place("note", "text")),
        ],
    )
    y += 2 * row + 6
    blank.row(x, y, row, [(70, "월일"), (134, "품목"), (60, "규격"), (60, "수량"), (90, "단가"), (100, "금액")])
    for number in range(1, 5):
        blank.row(x, y + number * row, row, [
            (70, Place(f"day_{number}", "text", align="center")), (134, Place(f"goods_{number}", "text")), (60, Place(f"size_{number}", "text")),
            (60, Place(f"count_{number}", "number", align="right")), (90, Place(f"price_{number}", "amount", align="right")),
            (100, Place(f"amount_{number}", "amount", align="right"))])  # fmt: skip
    y += 5 * row + 6
    blank.row(
        x,
        y,
        row,
        [
            (90, "합계금액"),
            (150, Place("total", "amount", align="right")),
            (60, "청구구분"),
            (214, [("receipt", "영수"), ("claim", "청구")]),
        ],
    )
    return blank


def resume():
    """이력서: the person, four lines of education and work, licences."""
    blank = Blank("이력서", 1, A4, 10)
    x, row = 55, 26
    blank.text(x, 50, "이 력 서", 21, 485, "center")
    y = 92
    blank.row(
        x, y, row, [(90, "지원분야"), (150, Place("position", "text")), (85, "희망연봉"), (160, Place("salary", "amount", align="right"))]
    )
    blank.row(x, y + row, row, [(90, "성 명"), (150, Place("name", "person")), (85, "생년월일"), (160, Place("birthday", "date"))])
    blank.row(
        x, y + 2 * row, row, [(90, "휴대전화"), (150, Place("mobile", "phone")), (85, "비상연락망"), (160, Place("other_phone", "phone"))]
    )
    blank.row(x, y + 3 * row, row, [(90, "현 주 소"), (395, Place("address", "address"))])
    blank.row(
        x,
        y + 4 * row,
        row,
        [(90, "병역사항"), (395, [("served", "군필"), ("not_served", "미필"), ("exempt", "면제"), ("none", "해당없음")])],
    )
    y += 5 * row + 18
    blank.text(x, y - 14, "학력사항")
    blank.row(x, y, row, [(110, "졸업일"), (190, "학교명"), (120, "전공"), (65, "학점")])
    for number in range(1, 4):
        blank.row(x, y + number * row, row, [
            (110, Place(f"graduated_{number}", "date", align="center")), (190, Place(f"school_{number}", "organisation")),
            (120, Place(f"subject_{number}", "text")), (65, Place(f"grade_{number}", "number", align="center"))])  # fmt: skip
    y += 4 * row + 22
    blank.text(x, y - 14, "경력사항")
    blank.row(x, y, row, [(110, "입사일"), (110, "퇴사일"), (165, "근무처"), (100, "담당업무")])
    for number in range(1, 4):
        blank.row(x, y + number * row, row, [
            (110, Place(f"joined_{number}", "date", align="center")), (110, Place(f"left_{number}", "date", align="center")),
            (165, Place(f"company_{number}", "organisation")), (100, Place(f"duty_{number}", "text"))])  # fmt: skip
    y += 4 * row + 22
    blank.text(x, y - 14, "자격면허")
    blank.row(x, y, row, [(110, "취득일"), (190, "자격증명"), (185, "발행기관")])
    for number in range(1, 3):
        blank.row(x, y + number * row, row, [
            (110, Place(f"licensed_{number}", "date", align="center")), (190, Place(f"licence_{number}", "text")),
            (185, Place(f"issuer_{number}", "organisation"))])  # fmt: skip
    y += 3 * row + 26
    blank.text(x, y, "위에 기재한 사항은 사실과 틀림없음을 확인합니다.", None, 485, "center")
    blank.text(x + 130, y + 34, "작성일")
    blank.place("signed", "date", x + 175, y + 29, 150, 22)
    blank.text(x + 255, y + 66, "지원자")
    blank.place("signature", "person", x + 300, y + 61, 100, 22)
    blank.text(x + 408, y + 66, "(인)")
    blank.place("seal", "stamp", x + 397, y + 54, 38, 38)
    return blank


def leave_request(version=1):
    """휴가신청서. The second version asks for a deputy and the number of days, and has other kinds of leave."""
    blank = Blank("휴가신청서", version, A4, 11)
    x, row = 65, 32
    blank.text(x, 70, "휴 가 신 청 서", 22, 465, "center")
    y = 130
    blank.row(x, y, row, [(90, "소속"), (145, Place("department", "text")), (90, "직급"), (140, Place("rank", "text"))])
    blank.row(x, y + row, row, [(90, "신청자"), (145, Place("name", "person")), (90, "사원번호"), (140, Place("number", "number"))])
    kinds = [("annual", "연차"), ("half", "반차"), ("sick", "병가"), ("family", "경조")]
    if version == 2:
        kinds += [("parental", "육아휴직"), ("public", "공가")]
    blank.row(x, y + 2 * row, row, [(90, "휴가종류"), (375, kinds)])
    blank.row(x, y + 3 * row, row, [(90, "시작일"), (145, Place("start", "date")), (90, "종료일"), (140, Place("end", "date"))])
    y += 4 * row
    if version == 2:
        blank.row(x, y, row, [(90, "사용일수"), (145, Place("days", "number")), (90, "업무대행자"), (140, Place("deputy", "person"))])
        y += row
    blank.row(x, y, row, [(90, "비상연락처"), (375, Place("phone", "phone"))])
    blank.row(x, y + row, 2 * row, [(90, "휴가사유"), (375, Place("reason", "text"))])
    y += 3 * row + 40
    blank.text(x, y, "위와 같이 휴가를 신청하오니 허가하여 주시기 바랍니다.", None, 465, "center")
    blank.text(x + 130, y + 50, "신청일")
    blank.place("signed", "date", x + 180, y + 44, 160, 24)
    blank.text(x + 205, y + 95, "신청인")
    blank.place("signature", "person", x + 255, y + 89, 110, 24)
    blank.text(x + 372, y + 95, "(인)")
    blank.place("seal", "stamp", x + 361, y + 81, 40, 40)
    return blank


def delivery_note():
    """거래명세서: near to a tax invoice in its words, and another form."""
    blank = Blank("거래명세서", 1, A4, 9.5)
    x, row = 50, 25
    blank.text(x, 45, "거 래 명 세 서", 20, 495, "center")
    y = 90
    blank.row(x, y, row, [(80, "거래일자"), (160, Place("date", "date")), (85, "명세서번호"), (170, Place("number", "text"))])
    blank.row(
        x,
        y + row,
        row,
        [(80, "공급자"), (160, Place("supplier", "organisation")), (85, "사업자번호"), (170, Place("supplier_number", "brn"))],
    )
    blank.row(
        x,
        y + 2 * row,
        row,
        [(80, "대표자"), (160, Place("supplier_person", "person")), (85, "전화번호"), (170, Place("supplier_phone", "phone"))],
    )
    blank.row(x, y + 3 * row, row, [(80, "사업장주소"), (415, Place("supplier_address", "address"))])
    blank.row(
        x,
        y + 4 * row,
        row,
        [(80, "거래처명"), (160, Place("customer", "organisation")), (85, "담당자"), (170, Place("customer_person", "person"))],
    )
    y += 5 * row + 14
    blank.row(x, y, row, [(40, "번호"), (170, "품명"), (60, "수량"), (100, "단가"), (125, "공급가액")])
    for number in range(1, 9):
        blank.row(x, y + number * row, row, [
            (40, None), (170, Place(f"goods_{number}", "text")), (60, Place(f"count_{number}", "number", align="right")),
            (100, Place(f"price_{number}", "amount", align="right")), (125, Place(f"amount_{number}", "amount", align="right"))])  # fmt: skip
    y += 9 * row + 14
    blank.row(
        x,
        y,
        row,
        [
            (110, "합계금액"),
            (140, Place("total", "amount", align="right")),
            (90, "전일미수금"),
            (155, Place("unpaid", "amount", align="right")),
        ],
    )
    blank.row(x, y + row, row, [(110, "입금계좌"), (385, Place("account", "account"))])
    blank.row(x, y + 2 * row, row, [(110, "운송방법"), (385, [("courier", "택배"), ("lorry", "화물"), ("collected", "직접수령")])])
    blank.text(x + 270, y + 4 * row, "인수자")
    blank.place("receiver", "person", x + 315, y + 4 * row - 5, 100, 22)
    blank.text(x + 423, y + 4 * row, "(인)")
    blank.place("seal", "stamp", x + 411, y + 4 * row - 13, 38, 38)
    return blank


FORMS = {
    "labour_contract": labour_contract,
    "tax_invoice": tax_invoice,
    "resume": resume,
    "leave_request": leave_request,
    "delivery_note": delivery_note,
}
