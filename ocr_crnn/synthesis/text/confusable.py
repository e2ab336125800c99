# ruff: noqa: E501, SIM905 — tables of words read better in long lines.
"""What readers drop or take for something else: AI and 1 and l, decimal points, jamo alone, near syllables, units, rare marks."""

from ocr_crnn.alphabet import MORE_SYMBOLS
from ocr_crnn.synthesis.text import fields, templates
from ocr_crnn.synthesis.text import vocabulary as words
from ocr_crnn.synthesis.text.fields import choose, number, with_particle

_ACRONYMS = (
    "AI AI AI AI IT IT AIoT IoT API APIs LINE FILE LIST ONLINE OFFLINE OPEN PIN ID IP II III IV VI VII VIII XI XII LTE LED LCD LPG LNG LH LG LIG "
    "SI UI UX BI PI QR CI CLI GUI ISO IEC ISP IR RFI RFP SLA KPI ROI CEO CIO CFO CTO AIDT LLM NLP CPU GPU MRI CT ETF IPO M&A R&D HTML TITLE MAIL "
    "Wi-Fi WiFi Illinois illegal Italy Iraq Ireland India Il Ill lI lll ill fill till line file list title little still Alibaba Ali Al Intel "
    "Microsoft OpenAI LIBOR LINK CLICK BILL FULL ALL SELL CELL TEL INTERNET TITAN ATTENTION LITE ELITE"
).split()
_STROKES = "AIILLTFEHNMilltjfr1|17"
# Groups of medials and finals whose print differs by a stroke.
_MEDIALS = ("ㅓㅕ", "ㅏㅑ", "ㅗㅛ", "ㅜㅠ", "ㅐㅔ", "ㅒㅖ", "ㅜㅚㅡ", "ㅟㅢ", "ㅚㅢ", "ㅘㅙ", "ㅝㅞ", "ㅓㅣ", "ㅏㅣ", "ㅡㅜㅠ", "ㅗㅚㅘ", "ㅕㅖ", "ㅓㅔ", "ㅟㅚ")
_FINALS = ("ㅇㅁ", "ㄴㄹ", "ㅁㅂ", "ㄱㅋ", "ㅅㅈ", "ㄷㅌ", "ㅍㅌ", "ㅊㅈ", "ㅎㅇ", "ㄹㅌ", "ㅅㅆ", "ㅂㅍ")
_ALL_MEDIALS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_ALL_FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
# Words that exist, all of them: beside a made-up neighbour (편드) a real one (펀드) would be no likelier than it.
NEAR_WORDS = (
    "펑크 펑펑 평가 평면 펌프 폄하 펀드 편지 편의 펴다 퍼센트 폐기 페이지 품평 흄 흉터 흉내 흉부 휨 휨모멘트 헝겊 형편 텁텁한 웅장한 융자 웅변 낯선 낮은 걱정 격정 "
    "성장 신장 엉뚱한 영업 엉덩이 넉넉한 저녁 멍에 명예 멍석 명함 벙어리 병원 정말 징수 청소 칭찬 경계 겅중겅중 덩어리 명의 번호 변호 선정 신정 연장 언젠가 여유 어깨 여권 "
    "거래 겨레 터널 텃밭 튀김 취업 쥐 귀하 위임 의뢰 회의 희망 최종 죄송 외국 왼쪽 윈도 원칙 웬일 왠지 훨씬 휠체어 뷔페 뮤직 무직 무릎 유리 우리 주식 주스 구두 규모 그룹 "
    "흡연 흥미 홍보 흑백 혹은 목적 묵념 목록 목표 믹서 먹거리 멱살 개선 개성 갱신 게시 계시 게임 계약 재배 재정 제정 재판 제출 소개 세계 겉옷 곁눈 걸음 결과 걸레 별도 벌금 "
    "점검 접수 절차 정산 청산 전선 종료 중요 종묘 금융 금요일 규율 균형 군대 균등 윤리 운영 유엔 우연 휴지 휴가 후보 슈퍼 수표 튜브 투자 듀얼 두유 루머 류머티즘 신청 "
    "근무 금액 담당 단가 감사 간사 감독 산업 상업 삼각 인사 임시 입사 잔액 전액 정액 반품 방문 완료 왕릉 원인 월말 발행 방향 반향 발전 방전 물품 문장 불편 분별 부품 "
    "초과 추가 주가 지침 치료 커피 키보드 기본 투명 파일 바닥 타당 차량 초안 보완 브랜드 포함 코드 고도 의사 이사 외의 예의 얘기 에너지"
).split()
_SYLLABLES_BEFORE = ("생성형 ", "", "", "", "제", "각 ", "(", "스마트 ", "무료 ")
_JAMO = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅑㅓㅕㅗㅛㅜㅠㅡㅣ"
_UNITS = "㎕㎖㎗ℓ㎘㏄㎣㎤㎥㎦㎚㎛㎜㎝㎞㎟㎠㎡㎢㏊㎍㎎㎏㎈㎉㏈㎧㎨㎲㎳㎵㎶㎷㎸㎹㎂㎃㎄㎼㎽㎾㎿㎐㎑㎒㎓㎔㏀㏁㎩㎪㎫㎬㏜℃℉%‰"
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"


def draw_confusable(rng):
    """A line of them, 1 to about 50 characters."""
    return choose(rng, _KINDS)(rng)


def draw_acronyms(rng):
    """Latin capitals that are one stroke, beside Hangul: "AI혁신부는 AI 기반"."""
    pieces = []
    for _ in range(number(rng, 1, 3)):
        word = choose(rng, _ACRONYMS) if rng.random() < 0.75 else "".join(choose(rng, _STROKES) for _ in range(number(rng, 2, 6)))
        tail = choose(rng, (choose(rng, words.NOUNS), with_particle(choose(rng, words.NOUNS), "을를"), " " + templates.draw_word(rng), "를", "의", " 기반", ""))
        pieces.append(choose(rng, _SYLLABLES_BEFORE) + word + tail)
    return choose(rng, (" ", " ", ", ", "·", "/")).join(pieces)


def draw_decimals(rng):
    """Numbers whose value hangs on a point or comma: "이자율 연 3.25%, 수수료 0.5%"."""
    pieces = []
    for _ in range(number(rng, 1, 4)):
        places = number(rng, 1, 3)
        value = rng.uniform(0, choose(rng, (1, 10, 10, 100, 1000)))
        figure = choose(rng, (f"{value:.{places}f}", f"{value:.{places}f}", f"-{value:.{places}f}", f"{fields.amount(rng):,}", f"{fields.amount(rng):,}.{number(rng, 0, 99):02}", f"{number(rng, 1, 9)}.{number(rng, 0, 9)}.{number(rng, 0, 9)}", "1" + "0" * number(rng, 1, 6), f"{number(rng, 1, 99) * 1000:,}"))  # fmt: skip
        unit = choose(rng, ("%", "%", "%p", "%P", "원", "도", "배", "점", "㎜", "kg", "m", "", "", "", "억원", "만원", "명", "천원"))
        pieces.append(choose(rng, (choose(rng, words.NOUNS) + " ", choose(rng, words.NOUNS), "", "연 ", "약 ", "S&P500 ", "NASDAQ ", "±", "(")) + figure + unit)
    return choose(rng, (", ", " ", " / ", " ~ ", "  ", "; ", "~")).join(pieces)


def draw_zeros(rng):
    """Amounts and counts that are mostly alike digits: "단가 30,000 수량 100"."""
    return " ".join(f"{choose(rng, words.FIELD_LABELS)} {number(rng, 1, 99) * 10 ** number(rng, 0, 6):,}{choose(rng, ('', '', '원', '개', '매'))}" for _ in range(number(rng, 1, 3)))  # fmt: skip


def draw_jamo(rng):
    """Letters alone, as in the choices of examinations: "① ㄱ ② ㄴ ③ ㄱ, ㄷ"."""
    letters = _JAMO if rng.random() < 0.8 else _VOWELS
    some = lambda: ", ".join(sorted(choose(rng, letters[:6] if rng.random() < 0.7 else letters) for _ in range(number(rng, 1, 3))))  # noqa: E731
    kind = number(rng, 0, 4)
    if kind == 0:
        return f"{choose(rng, letters)}{choose(rng, ('. ', '. ', ') ', ' '))}{templates.draw_clause(rng)}"
    if kind == 1:
        return "  ".join(f"{fields.CIRCLED[i]} {some()}" for i in range(number(rng, 1, 5)))
    if kind == 2:
        return templates.draw_word(rng) + choose(rng, "ㅋㅎㅠㅜ") * number(rng, 2, 5)
    return some() if kind == 3 else f"{fields.CIRCLED[number(rng, 0, 4)]}{choose(rng, ('', ' '))}{some()}"


def draw_near_syllables(rng):
    """Syllables that differ by a stroke: mostly words that exist, else side by side or within a made-up word."""
    if rng.random() < 0.7:
        return " ".join(choose(rng, NEAR_WORDS) if rng.random() < 0.6 else templates.draw_word(rng) for _ in range(number(rng, 1, 5)))
    if rng.random() < 0.5:
        return " ".join(_swap(rng, templates.draw_word(rng)) for _ in range(number(rng, 1, 4)))
    initial, medial, final = number(rng, 0, 18), choose(rng, _ALL_MEDIALS), choose(rng, _ALL_FINALS) if rng.random() < 0.6 else " "
    syllables = []
    for _ in range(number(rng, 2, 6)):
        medial, final = _near(rng, medial, _MEDIALS), _near(rng, final, _FINALS)
        syllables.append(_syllable(initial, medial, final))
    return "".join(syllables)


def _swap(rng, word):
    """A word of which one syllable has another, near medial or final."""
    places = [i for i, c in enumerate(word) if "가" <= c <= "힣"]
    if not places:
        return word
    place = choose(rng, places)
    initial, rest = divmod(ord(word[place]) - 0xAC00, 588)
    medial, final = _ALL_MEDIALS[rest // 28], _ALL_FINALS[rest % 28]
    return word[:place] + _syllable(initial, _near(rng, medial, _MEDIALS), _near(rng, final, _FINALS)) + word[place + 1 :]


def _near(rng, letter, groups):
    """One of the letters that are printed nearly as this one, or itself."""
    found = [group for group in groups if letter in group]
    return choose(rng, choose(rng, found)) if found else letter


def _syllable(initial, medial, final):
    return chr(0xAC00 + (initial * 21 + _ALL_MEDIALS.index(medial)) * 28 + _ALL_FINALS.index(final))


def draw_units(rng):
    """Quantities with units in one sign: "설비 용량 45㎾ 전압 220㎸"."""
    return " ".join(f"{choose(rng, words.NOUNS)} {choose(rng, (number(rng, 1, 999), f'{rng.uniform(0, 99):.1f}'))}{choose(rng, _UNITS)}" for _ in range(number(rng, 1, 3)))  # fmt: skip


def draw_marks(rng):
    """Marks of lists, footnotes, seals and chapters that are seen seldom."""
    mark = choose(rng, MORE_SYMBOLS)
    roman = choose(rng, "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ")
    raised = "".join(choose(rng, _SUPERSCRIPTS) for _ in range(number(rng, 1, 2)))
    return choose(rng, (f"{mark} {templates.draw_phrase(rng)}", f"{mark}{choose(rng, words.NOUNS)} {choose(rng, MORE_SYMBOLS)}{choose(rng, words.NOUNS)}", f"제{roman}장 {choose(rng, words.NOUNS)}", f"{roman}. {choose(rng, words.NOUNS)}", f"{choose(rng, words.NOUNS)}{raised} {choose(rng, words.NOUNS)}", f"{choose(rng, words.POSITIONS)} {fields.person(rng)} {choose(rng, ('㊞', '㊞', '(인)'))}", f"{choose(rng, '❶❷❸❹❺❻❼❽❾❿')} {templates.draw_phrase(rng)}", f"{choose(rng, '¥€£$₩')}{fields.amount(rng):,} / {choose(rng, '¥€£$₩')}{fields.amount(rng):,}", f"{number(rng, 1, 9)}{choose(rng, '½⅓⅔¼¾')} {choose(rng, words.NOUNS)}", f"p{choose(rng, '<>≤≥=≠')}0.{number(rng, 0, 99):02}, n{choose(rng, '≤≥<>')}{number(rng, 1, 99)}", f"㈔{choose(rng, words.COMPANY_STEMS)}협회", mark))  # fmt: skip


def draw_narrow(rng):
    """What is set with narrow but typed spaces: "- 12 -", "3 / 15", "성 명 : 김하늘"."""
    n, label = number(rng, 1, 199), choose(rng, ("성 명", "주 소", "구 분", "비 고", "합 계", "일 자", "품 명", "수 량", "금 액", "상 호", "직 위", "연 락 처", "담 당"))
    return choose(rng, (f"- {n} -", f"- {n} -", f"- {number(rng, 1, 9)} -", f"{n} / {n + number(rng, 0, 99)}", label, f"{label} : {choose(rng, words.NOUNS)}", f"{choose(rng, words.FIELD_LABELS)} : {n}", "-", f"- {templates.draw_phrase(rng)}"))  # fmt: skip


def draw_page_number(rng):
    """The foot of a page: "- 1 -", seldom without its spaces."""
    n = number(rng, 1, 9) if rng.random() < 0.5 else number(rng, 10, 399)
    return f"-{n}-" if rng.random() < 0.1 else f"- {n} -"


_KINDS = (draw_acronyms, draw_acronyms, draw_decimals, draw_decimals, draw_zeros, draw_jamo, draw_near_syllables, draw_near_syllables, draw_units, draw_marks, draw_marks, draw_narrow, draw_page_number)  # fmt: skip
