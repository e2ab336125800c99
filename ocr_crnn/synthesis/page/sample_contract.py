"""The sample contract of the repository: one fixed page with a table, clauses, parties and seals. Nobody and nothing in it exists."""

from dataclasses import replace

import numpy as np

from ocr_crnn.synthesis.page.flow import Column, Look
from ocr_crnn.synthesis.page.furniture import seal
from ocr_crnn.synthesis.page.layout import Layout
from ocr_crnn.synthesis.page.table import Cell, Grid, set_table
from ocr_crnn.synthesis.page.typeset import Style

_SUMMARY = [
    ("용역명", "전자문서 열람 시스템 개선 용역"),
    ("계약금액", "일금 사천팔백사십만 원정 (₩48,400,000, 부가가치세 포함)"),
    ("계약기간", "2025년 3월 3일 ~ 2025년 8월 29일"),
    ("지체상금률", "1일당 계약금액의 1,000분의 1.25"),
]
_CLAUSES = [
    ("목적", "이 계약은 발주자가 수급인에게 위 용역을 맡기고 수급인이 이를 완성하는 데 필요한 사항을 정함을 목적으로 한다.", []),
    (
        "대금의 지급",
        "발주자는 다음 표와 같이 대금을 나누어 지급하며, 수급인의 청구를 받은 날부터 14일 안에 지급한다.",
        [],
    ),
    (
        "검수",
        "수급인은 결과물을 납품할 때 다음 각 호의 서류를 함께 제출한다.",
        ["완료 보고서 2부와 전자 파일", "시험 결과서(시험 항목 35개 이상)", "소스 코드와 설치 설명서"],
    ),
    ("비밀유지", "양 당사자는 계약을 이행하면서 알게 된 상대방의 비밀을 계약이 끝난 뒤 3년 동안 제3자에게 알리지 아니한다.", []),
    (
        "계약의 해지",
        "당사자 일방이 계약을 위반하고 10일 이상의 기간을 정한 서면 최고에도 이를 바로잡지 아니하면 상대방은 계약을 해지할 수 있다.",
        [],
    ),
    ("관할법원", "이 계약에 관한 분쟁은 발주자의 본점 소재지를 관할하는 법원에서 해결한다.", []),
]
_PAYMENTS = [
    ["구분", "비율", "금액(원)", "지급 시기"],
    ["선금", "30%", "14,520,000", "계약 체결 후"],
    ["중도금", "40%", "19,360,000", "중간 보고 후"],
    ["잔금", "30%", "14,520,000", "최종 검수 후"],
    ["계", "100%", "48,400,000", ""],
]
_PARTIES = [
    ("발주자", [("상 호", "주식회사 가온누리"), ("주 소", "서울특별시 가온구 누리로 12, 3층"), ("대표이사", "나누리")]),
    ("수급인", [("상 호", "한빛문서기술(주)"), ("주 소", "대전광역시 한빛구 글월길 7"), ("대표이사", "한글샘")]),
]


def sample_contract(rng, faces, corpus, dpi):
    """The Layout of the sample contract, A4, headings in the first of the faces, text in the last. Nothing is drawn by chance."""
    body_face, heading_face = faces[-1], faces[0]
    body = Style((body_face, heading_face), 10.5)
    heading = replace(body, faces=(heading_face, body_face), bold_em=0.02)
    look = Look(body, heading, 1.5, "justify", True, (0, 0, 0), 0.5, (body_face, heading_face))
    layout = Layout((841.89, 595.28), dpi, "contract")
    column = Column(layout, look, 62.0, 58.0, 471.0, 790.0)
    column.paragraph("용 역 계 약 서", replace(heading, size_pt=21.0), "center", kind="title")
    column.skip(0.8)
    column.paragraph(
        '주식회사 가온누리(이하 "발주자"라 한다)와 한빛문서기술(주)(이하 "수급인"이라 한다)는 다음과 같이 용역 계약을 체결하고 신의에 '
        "따라 성실히 이행한다."
    )
    column.skip(0.5)
    grid = Grid(inner=0.4, outer=0.9, pad=4.0, leading=1.3)
    label = replace(body, bold_em=0.015)
    set_table(column, [[Cell(name, "center", label, (238, 238, 238)), Cell(value)] for name, value in _SUMMARY], [1, 4.2], grid)
    column.skip(0.5)
    for number, (topic, text, items) in enumerate(_CLAUSES, 1):
        column.paragraph(text, lead=f"제{number}조({topic})", kind="clause")
        for marker, item in zip("①②③", items, strict=False):
            column.paragraph(item, marker=marker, hang=16.0, kind="list")
        if topic == "대금의 지급":
            aligns = ["center", "center", "right", "center"]
            head = [Cell(text, "center", label, (238, 238, 238)) for text in _PAYMENTS[0]]
            rows = [[Cell(text, align) for text, align in zip(row, aligns, strict=True)] for row in _PAYMENTS[1:]]
            column.skip(0.2)
            set_table(column, [head, *rows], [1, 1, 2, 2], grid)
        column.skip(0.25)
    column.skip(0.4)
    column.paragraph("2025년 2월 24일", align="center", kind="date")
    column.skip(0.3)
    rng = np.random.default_rng(1)
    for name, rows in _PARTIES:
        for index, (key, value) in enumerate(rows):
            top = column.y
            parts = [(name if index == 0 else "", 40, 60, "left"), (key, 110, 44, "distribute"), (value, 170, 260, "left")]
            column.row(parts, leading=1.4, kind="party")
            if key == "대표이사":
                layout.text("(인)", body, column.x + 270, (top + column.y) / 2 + 0.36 * 10.5, kind="party")
                seal(rng, layout, column.x + 282, (top + column.y) / 2, 32.0, value + "인", heading_face)
        column.skip(0.3)
    page = replace(look, body=replace(body, size_pt=9.0))
    Column(layout, page, 62.0, 800.0, 471.0, 840.0).row([("- 1 -", 0, 471.0, "center")], kind="footer")
    return layout
