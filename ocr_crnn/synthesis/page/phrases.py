"""What documents say: titles, clause headings, table headings and form labels of Korean business documents.

Only the skeleton of a page is here. What fills a cell or a sentence comes from the corpus, by the field names used below.
"""

CONTRACTS = [
    "표준근로계약서", "부동산 임대차 계약서", "물품 공급 계약서", "용역 계약서", "업무 위탁 계약서", "금전 소비대차 계약서",
    "공사 도급 계약서",
    "비밀유지 계약서", "소프트웨어 사용권 계약서", "자동차 매매 계약서", "주식 양수도 계약서", "가맹 계약서", "광고 대행 계약서",
    "연봉 계약서",
    "상가 임대차 계약서", "유지보수 계약서", "공동 연구 협약서", "저작물 이용 허락 계약서", "운송 계약서", "합의서", "업무협약서",
    "렌탈 계약서",
]  # fmt: skip
PARTIES = [
    ("갑", "을"), ("위탁자", "수탁자"), ("임대인", "임차인"), ("사업주", "근로자"), ("발주자", "수급인"), ("매도인", "매수인"),
    ("공급자", "구매자"),
]  # fmt: skip
LETTER_SUBJECTS = [
    "{} 관련 자료 제출 요청", "{} 개최 알림", "{} 실시 계획 안내", "{} 협조 요청", "{} 결과 보고", "{} 추진 현황 점검",
    "{} 참가 신청 안내", "{} 승인 통보",
    "{} 변경 사항 알림", "{} 개선 방안 의견 조회", "{} 대상자 추천 의뢰", "{} 예산 배정 알림",
]  # fmt: skip
LETTER_TOPICS = [
    "안전 점검", "직무 교육", "정보 보안 강화", "하반기 사업", "시설 유지보수", "환경 정비", "민원 처리", "청렴 교육", "공모 사업",
    "정보화 사업", "소방 훈련",
    "지역 축제", "학교 급식", "도서관 운영", "보조금 정산", "개인정보 보호", "산업 재해 예방", "재난 대응", "전자 문서", "평가 위원회",
    "장학 사업",
]  # fmt: skip
NOTICES = [
    "입찰 공고", "채용 공고", "모집 안내", "고시", "시행 계획", "제안 요청서", "사업 설명서", "이용 안내문", "행사 안내", "공지 사항",
    "회의록", "업무 보고",
]  # fmt: skip
HEADINGS = [
    "개요", "추진 배경", "사업 목적", "사업 내용", "추진 일정", "참가 자격", "제출 서류", "신청 방법", "평가 기준", "기대 효과",
    "유의 사항", "문의처",
    "예산 내역", "추진 체계", "향후 계획", "현황 및 문제점", "개선 방안", "주요 내용", "세부 계획", "설치 방법", "사용 방법",
    "기본 설정", "문제 해결",
    "안전 주의 사항", "제품 규격", "품질 보증", "시작하기", "자주 묻는 질문", "용어 설명", "참고 문헌", "결론", "서론", "이론적 배경",
    "연구 방법", "연구 결과",
]  # fmt: skip
FORMS = [
    "신청서", "접수증", "위임장", "동의서", "확인서", "신고서", "이력서", "견적 요청서", "출장 보고서", "휴가 신청서", "지출 결의서",
    "회원 가입 신청서", "보험금 청구서",
    "입회 원서", "교육 수강 신청서", "차량 운행 일지", "안전 점검표", "업무 인수인계서", "재직 증명서 발급 신청서",
    "개인정보 수집·이용 동의서", "전입 신고서",
]  # fmt: skip
FORM_LABELS = [  # label, field
    ("성명", "person"), ("생년월일", "date"), ("주민등록번호", "resident_number"), ("주소", "address"), ("전화번호", "phone"),
    ("휴대전화", "phone"),
    ("전자우편", "email"), ("상호", "company"), ("사업자등록번호", "business_number"), ("대표자", "person"), ("은행명", "bank"),
    ("계좌번호", "account"),
    ("신청일", "date"), ("금액", "amount"), ("부서", "department"), ("직위", "position"), ("기간", "period"), ("용도", "short"), ("사유",
    "sentence"),
    ("비고", "short"), ("관리번호", "code"), ("접수번호", "code"), ("담당자", "person"), ("예금주", "person"), ("소속", "company"),
    ("수량", "digit"),
    ("연락처", "phone"), ("소재지", "address"), ("업태", "short"), ("종목", "item"), ("허가번호", "code"), ("차량번호", "code"), ("내용",
    "sentence"),
]  # fmt: skip
CHECKS = [
    ["예", "아니오"], ["남", "여"], ["동의함", "동의하지 않음"], ["신규", "변경", "해지"], ["본인", "대리인"], ["현금", "카드", "계좌이체"],
    ["국민연금", "건강보험", "고용보험", "산재보험"], ["우편", "방문", "전자우편", "팩스"], ["양호", "보통", "불량"], ["자가", "전세",
    "월세", "기타"],
]  # fmt: skip
GROUPS = [
    "신청인", "대리인", "사업자", "수급자", "신고인", "청구인", "피보험자", "보호자", "첨부 서류", "확인 사항", "처리 내용", "기본 사항",
]  # fmt: skip
TABLES = [  # columns of (heading, field, relative width, alignment)
    [("번호", "count", 1, "center"), ("품명", "item", 4, "left"), ("규격", "code", 2, "center"), ("수량", "digit", 1, "right"),
     ("단가", "price", 2, "right"), ("금액", "price", 2.2, "right"), ("비고", "blank", 1.5, "left")],
    [("구분", "short", 2, "center"), ("금액(원)", "price", 2, "right"), ("비율", "percent", 1.2, "center"), ("비고", "short", 2, "left")],
    [("일자", "date", 2, "center"), ("적요", "item", 4, "left"), ("입금", "price", 2, "right"), ("출금", "price", 2, "right"), ("잔액",
    "price", 2.2, "right")],
    [("연번", "count", 1, "center"), ("성명", "person", 1.6, "center"), ("소속", "company", 3, "left"), ("직위",
    "position", 1.5, "center"), ("연락처", "phone", 2.6, "center")],
    [("평가 항목", "short", 3, "left"), ("배점", "digit", 1, "center"), ("득점", "digit", 1, "center"), ("의견", "sentence", 5, "left")],
    [("시간", "time", 1.5, "center"), ("월", "digit", 1, "center"), ("화", "digit", 1, "center"), ("수", "digit", 1, "center"),
     ("목", "digit", 1, "center"), ("금", "digit", 1, "center"), ("계", "count", 1, "center")],
    [("항목", "item", 3, "left"), ("2022", "number", 1.6, "right"), ("2023", "number", 1.6, "right"), ("2024", "number", 1.6, "right"),
    ("증감", "percent", 1.2, "right")],
    [("순번", "count", 1, "center"), ("점검 내용", "sentence", 6, "left"), ("적합", "mark", 1, "center"), ("부적합",
    "mark", 1, "center"), ("비고", "blank", 1.5, "left")],
    [("단계", "digit", 1, "center"), ("내용", "sentence", 6, "left"), ("담당", "person", 1.6, "center"), ("기한", "date", 2, "center")],
    [("월", "count", 1, "center"), ("일", "count", 1, "center"), ("품목", "item", 4, "left"), ("수량", "digit", 1.2, "right"), ("단가",
    "price", 2, "right"),
     ("공급가액", "price", 2.4, "right"), ("세액", "price", 2, "right")],
    [("문항", "count", 1, "center"), ("1", "mark", 0.8, "center"), ("2", "mark", 0.8, "center"), ("3", "mark", 0.8, "center"), ("4",
    "mark", 0.8, "center"),
     ("5", "mark", 0.8, "center"), ("점수", "digit", 1, "center")],
    [("코드", "code", 2, "center"), ("명칭", "item", 3, "left"), ("설명", "sentence", 6, "left")],
]  # fmt: skip
RECEIPT_TITLES = [
    "영수증", "[신용카드 매출전표]", "현금영수증(소득공제)", "간이영수증", "매출전표", "주문서", "계산서", "승차권", "교환증", "접수증",
]  # fmt: skip
RECEIPT_TOTALS = [
    "과세금액", "부가세", "면세금액", "합계", "받은금액", "거스름돈", "할인금액", "카드결제", "포인트사용", "공급가액", "봉사료",
]  # fmt: skip
RECEIPT_LABELS = [
    ("상호", "company"), ("대표", "person"), ("사업자", "business_number"), ("주소", "address"), ("TEL", "phone"), ("거래일시", "date"),
    ("카드번호", "card_number"), ("승인번호", "code"), ("카드종류", "bank"), ("가맹점", "code"), ("계산원", "person"), ("단말기",
    "code"), ("할부", "short"),
]  # fmt: skip
GREETINGS = [
    "이용해 주셔서 감사합니다.", "교환·환불은 구입 후 7일 이내", "영수증 지참 시 가능합니다.", "안녕히 가십시오",
    "※ 부가세 포함 금액입니다", "좋은 하루 되세요!",
    "고객센터 1588-0000", "감사합니다. 또 오십시오.", "주차 2시간 무료",
]  # fmt: skip
INVOICES = ["거래명세서", "세금계산서", "견적서", "청구서", "발주서", "납품서", "전자세금계산서", "거래명세표", "내역서", "인수증"]
WATERMARKS = ["사본", "대외비", "COPY", "견본", "SAMPLE", "가온누리", "원본대조필", "CONFIDENTIAL", "열람용", "DRAFT"]
CERTIFICATES = [
    "수료증", "상장", "재직증명서", "위촉장", "인증서", "경력증명서", "자격증", "임명장", "감사장", "졸업증명서", "보증서", "허가증",
    "등록증",
]  # fmt: skip
MARKERS = [  # one series each; a list takes one
    [f"{number}." for number in range(1, 40)],
    [f"{number})" for number in range(1, 40)],
    [f"({number})" for number in range(1, 40)],
    [f"{syllable}." for syllable in "가나다라마바사아자차카타파하"],
    [f"{syllable})" for syllable in "가나다라마바사아자차카타파하"],
    [chr(0x2460 + number) for number in range(15)],
    ["-"] * 40, ["•"] * 40, ["○"] * 40, ["※"] * 40, ["·"] * 40, ["▶"] * 40, ["ㅇ"] * 40, ["□"] * 40, ["■"] * 40, ["*"] * 40,
    [f"제{number}항" for number in range(1, 40)],
    ["Ⅰ.", "Ⅱ.", "Ⅲ.", "Ⅳ.", "Ⅴ.", "Ⅵ.", "Ⅶ.", "Ⅷ."],
    [f"{letter}." for letter in "ABCDEFGHIJKLMNOP"],
]  # fmt: skip
COMMANDS = [
    "apt-get install {}", "git clone https://example.org/{}.git", "pip install {}", "sudo systemctl restart {}", "cd /usr/local/{}",
    "python {}.py --help",
    "import {} as np", "const {} = () => null;", "for i in range(10): print({})", "cp -r {} /tmp", "SELECT * FROM {} WHERE id = 3;",
    "<{} class=\"main\">",
    "export PATH=$PATH:/opt/{}/bin", "return {}(x, y)", "if ({} == null) {{", "}}", "# {}", "{}: true",
]  # fmt: skip
IDENTIFIERS = [
    "server", "users", "config", "widget", "main", "parser", "report", "node", "table", "order_items", "index", "cache", "router", "build",
]  # fmt: skip
