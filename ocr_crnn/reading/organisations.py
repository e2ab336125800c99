# ruff: noqa: E501, SIM905 — tables of words read better as long lines of words.
"""Names of companies, offices, schools, banks and courts: 주식회사 가온누리, 한빛문서기술(주), 서울중앙지방법원, 국민은행.

A company is known by its form (주식회사, (주), ㈜ …) beside a name; the others by how their names end, where what stands before
the end is no common word: 관할법원 and 평가위원회 are nobody's names. A particle after a name is not of it.
"""

import re

from ocr_crnn.reading.entity_labels import is_label
from ocr_crnn.reading.people import PARTY
from ocr_crnn.reading.values.folding import letters_apart, nearest, with_gaps
from ocr_crnn.reading.values.regions import CITIES, SHORT

_FORMS = r"주[가-힣]?식[가-힣]?회[가-힣]?사|(?<![가-힣])(?:식회사|주회사|주식사)(?![가-힣])|유한회사|유한책임회사|합자회사|합명회사|농업회사법인|영농조합법인|사회적협동조합|재단법인|사단법인|의료법인|학교법인|사회복지법인|특수법인"
_MISREAD_FORM = re.compile(r"(?<![가-힣])(?:주식회[가-힣]|주식[가-힣]사|주[가-힣]회사|[가-힣]식회사)(?![가-힣]{2})")
# 가온(추), 가온(주9, 7주)가온; 3월 5일(수) is a day.
_MISREAD_SIGN = re.compile(
    r"(?<=[가-힣A-Za-z])(?<!일)\([추수]\)|\([추수]\)(?=[가-힣A-Za-z])|(?<=[가-힣]{2})(?:\(주\d|\d주\))|(?<!\S)\d주\)(?=[가-힣])"
)
_SIGNS = r"㈜|\(\s?(?:주|유|재|사|합)\s?\)|(?<=[가-힣]{2})(?:주\)|\(주(?=[\s(]|$))"
_NAME = r"[가-힣A-Za-z0-9&·.-]{1,24}"
_BEFORE = re.compile(rf"(?<![가-힣])(?P<form>{_FORMS}|{_SIGNS})(?P<gap>\s?)(?P<name>{_NAME})")
_AFTER = re.compile(rf"(?P<name>(?<![가-힣A-Za-z0-9]){_NAME}?)(?P<gap>\s?)(?P<form>{_FORMS}(?![가-힣]{{3}})|{_SIGNS})")
_NO_NAMES = frozenset(
    "대표 대표이사 대표자 이사 사장 귀중 귀하 이하 및 또는 상호 상호명 회사 법인 법인명 명칭 성명 공급자 공급받는자 발주자 수급인 수급자 임대인 임차인 매도인 매수인 위탁자 수탁자 갑 을 병 본 당 위 각 소속 "
    "업체 업체명 업체등 대리인 신청인 채권자 채무자 소재 설립 등기 형태 주주 주식 의 은 는 이 가 와 과 소속의 수신 발신 담당 계약상대자 기관명 구매자 판매자 시공사 근무처 직장 설립한".split()
)  # fmt: skip

_PLACES = "|".join(
    sorted(
        {
            re.sub(r"(특별자치|특별|광역)?[시도군구]$", "", name)
            for name in [*CITIES, *SHORT, *(city for cities in CITIES.values() for city in cities)]
        }
        - {"", "중", "동", "서", "남", "북"},
        key=len,
        reverse=True,
    )
)
_COURT = rf"(?:(?:{_PLACES})(?:중앙|동부|서부|남부|북부)?(?:지방|고등|가정|행정|회생)(?:법원|검찰청)(?:\s?[가-힣]{{2,3}}지원)?|대법원|헌법재판소|특허법원|대검찰청)"
_BANKS = (
    "(?:한국|KB|NH|IBK)?(?:국민|신한|우리|하나|농협|기업|산업|수협|부산|대구|광주|전북|제주|경남|씨티|외환|수출입)은행|한국은행|제일은행|SC제일은행|카카오뱅크|토스뱅크|케이뱅크|새마을금고|"
    "신용협동조합|(?:한국|미래에셋|삼성|키움|대신|신영|교보|현대차|하이투자)투자?증권|(?:삼성|신한|현대|롯데|하나|우리|비씨|BC|국민|농협)카드"
)
_STATE = (
    "기획재정부|교육부|외교부|통일부|법무부|국방부|행정안전부|문화체육관광부|농림축산식품부|산업통상자원부|보건복지부|환경부|고용노동부|여성가족부|국토교통부|해양수산부|중소벤처기업부|"
    "과학기술정보통신부|국가보훈부|국세청|관세청|조달청|통계청|병무청|방위사업청|경찰청|소방청|기상청|특허청|산림청|농촌진흥청|질병관리청|식품의약품안전처|인사혁신처|법제처|감사원|국가정보원|"
    "공정거래위원회|금융위원회|금융감독원|국민권익위원회|개인정보보호위원회|방송통신위원회|국가인권위원회|중앙선거관리위원회|한국소비자원|국민연금공단|국민건강보험공단|근로복지공단|한국산업인력공단|"
    "한국전력공사|한국토지주택공사|한국도로공사|한국수자원공사|한국철도공사|한국가스공사|한국자산관리공사|예금보험공사|신용보증기금|기술보증기금|한국은행|대한상공회의소|대한법률구조공단|한국인터넷진흥원|한국정보화진흥원"
)
# What ends a name; what stands before it has to be a name too.
_ENDS = (
    "초등학교|중학교|고등학교|대학교|대학원|유치원|어린이집|교육청|교육지원청|시청|도청|구청|군청|세무서|경찰서|소방서|보건소|우체국|등기소|주민센터|행정복지센터|법무법인|회계법인|"
    "세무회계사무소|법률사무소|연구원|연구소|진흥원|문화재단|복지재단|장학재단|협동조합|병원|은행|캐피탈|손해보험|생명보험|도서관|박물관|복지관|시설관리공단|공단|상하수도사업소|물산|건설|전자|중공업|"
    "선거관리위원회|학회|협회"
)
_LOOSE_ENDS = frozenset(
    "물산 건설 전자 중공업 병원 연구원 연구소 공단 협회 학회 도서관 박물관 복지관 유치원 어린이집 대학원 은행 캐피탈 법무법인 회계법인 협동조합".split()
)
_ENDED = re.compile(rf"(?<![가-힣A-Za-z])(?P<name>[가-힣A-Za-z]{{2,10}}?)\s?(?P<end>{_ENDS})(?P<particle>[가-힣]{{0,4}})")
_COUNTERS_OF_BANKS = re.compile(r"(?<![가-힣])(?P<name>우체국|신협|수협|농협|새마을금고)(?=\s?:?\s?\d[\d-]{7,})")
_PARTY_NAME = re.compile(rf"(?<![가-힣A-Za-z0-9])(?P<name>[가-힣A-Za-z0-9&]{{4,16}})\s?\(\s?이하\s?[\"'“”‘’「]\s?(?:{PARTY})(?![가-힣])")
_KNOWN = re.compile(rf"(?<![가-힣A-Za-z])(?P<name>{_COURT}|{_BANKS}|{_STATE})(?P<particle>[가-힣]{{0,4}})")
_PARTICLES = "에서는|에서|에게|으로|부터|까지|이라|라고|이라고|이며|이고|에|의|은|는|이|가|을|를|와|과|로|도|만|장|측|및|등|인|앞|께|귀중|귀하|지점|지사|본점"
_FIT = {"은": True, "이": True, "을": True, "과": True, "는": False, "가": False, "를": False, "와": False}  # after a final consonant?
_STRIPPED = (
    "에서는",
    "한테",
    "에서",
    "에게",
    "으로부터",
    "으로",
    "로부터",
    "까지",
    "이라",
    "에",
    "의",
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "와",
    "과",
)


def find_organisations(text):
    """(start, end, name, rule) of the organisations of a text, rule "form", "known", "ended" or "party"; some may overlap.

    text: line breaks are spaces in it. The name is as it is written, spaces of more than one joined.
    """
    text = _MISREAD_SIGN.sub("(주)", _MISREAD_FORM.sub(_form, text))
    text = _WORD.sub(lambda found: _known_word(found.group()), text)
    found = [*_with_forms(text), *_known(text), *_parties(text)]
    return [(start, end, re.sub(r"\s+", " ", text[start:end]), rule) for start, end, rule in found]


def _form(found):
    return "주식회사" if letters_apart(found.group(), "주식회사") <= 1 else found.group()


_WORD = re.compile("[가-힣]{3,12}")
_ENDS_OF = {  # 연수원 is no 연구원 that was misread
    length: with_gaps(end for end in _ENDS.split("|") if len(end) == length and not end.startswith("연구")) for length in range(3, 8)
}
_BANK_NAMES = "국민 신한 우리 하나 농협 기업 산업 수협 부산 대구 광주 전북 제주 경남 씨티 외환 한국 제일".split()
_BANK_GAPS = with_gaps([*(f"{name}은행" for name in _BANK_NAMES), "카카오뱅크", "토스뱅크", "케이뱅크", "새마을금고"])


def _known_word(word):
    """A word of Hangul as the tables have it where one letter was misread: 부산온행 → 부산은행, 광명캐핊탈 → 광명캐피탈."""
    bank = nearest(word, _BANK_GAPS)
    if bank:
        return bank
    for length, gaps in _ENDS_OF.items():
        end = nearest(word[-length:], gaps) if len(word) > length + 1 else None
        if end:
            return word[:-length] + end
    return word


def name_in_field(text):
    """(start, end) of the organisation in the value of a label that asks for one: all of it, but what is said of it, or None."""
    match = re.match(
        r"\s*(?P<name>[가-힣A-Za-z0-9(㈜].*?)\s*(?:[（(](?!\s?[주유재사]\s?\))|[/,|\n]|\s{2}|\s(?:대표|귀중|귀하|이사장|지점)|$)", text
    )
    if (
        not match
        or not re.search(r"[가-힣A-Za-z]{2}", match["name"])
        or len(match["name"]) > 30
        or re.search(r"^(?:각|해당|전|위)\s|[□■☐☑☒○●]|\(\s*\)", match["name"])
    ):
        return None
    return match.span("name")


def _with_forms(text):
    for match in _BEFORE.finditer(text):
        attached_before = match.start() and re.match(r"[가-힣A-Za-z0-9]", text[match.start() - 1])
        name = _without_particle(text, match["name"].rstrip(".-·"), match.start("name"))
        if attached_before or name in _NO_NAMES or not re.search(r"[가-힣A-Za-z]", name) or len(name) < 2:
            continue
        if not _follows_as_form(text, match):
            yield match.start(), match.start("name") + len(name), "form"
    for match in _AFTER.finditer(text):
        name, form = match["name"], match["form"]
        if len(name) < 2 or name in _NO_NAMES or not re.search(r"[가-힣A-Za-z]", name) or name[0] in ".-·&":
            continue
        following = text[match.end() : match.end() + 1]
        if match["gap"] and (re.fullmatch(_SIGNS, form) and following.strip() and re.match(r"[가-힣A-Za-z]", following)):
            continue  # 다온 (주)대성: the sign is of what it touches
        if re.fullmatch(_FORMS, form) and (
            following == " " and _takes_next(text, match.end()) and match["gap"] or len(re.sub(r"\s", "", name)) > 16
        ):
            continue
        yield match.start(), match.end(), "form"


def _follows_as_form(text, match):
    """Whether the form is that of a name before it: 가온누리 주식회사 대표."""
    return match["name"] in _NO_NAMES


def _takes_next(text, end):
    """Whether 주식회사 is the form of the word after it: one that can be a name."""
    following = re.match(rf"\s(?P<name>{_NAME})", text[end:])
    return bool(following) and _without_particle(text, following["name"], end + 1) not in _NO_NAMES


def _parties(text):
    """대륙바이오텍(이하 “갑”이라 한다): whoever is called a party is one, and a word of four syllables that is no label is no person."""
    for match in _PARTY_NAME.finditer(text):
        if not is_label(match["name"]):
            yield match.start(), match.end("name"), "party"


def _known(text):
    for match in _COUNTERS_OF_BANKS.finditer(text):
        yield match.start(), match.end("name"), "known"
    for match in _KNOWN.finditer(text):
        if _ends_well(match["particle"]):
            yield match.start(), match.end("name"), "known"
    for match in _ENDED.finditer(text):
        if match["name"] in _COMMON_BEFORE or not _ends_well(match["particle"]) or _ends_commonly(match["name"]):
            continue
        if match["end"] in _LOOSE_ENDS and (len(match["name"]) > 6 or " " in text[match.start() : match.end("end")]):
            continue
        yield match.start(), match.end("end"), "ended"


_COMMON_BEFORE = frozenset(
    "국책 관할 해당 소속 거래 주거래 평가 심사 선정 국내 국외 지방 고등 종합 대학 일반 공공 발급 수납 각급 전국 우리나라 특수 부속 사립 공립 국립 시립 도립 구립 인근 관내 지정 협력 전문 대형 중소 시중 민간 외국 "
    "지역 기업 정부 산하 유관 관련 위탁 운영 담당 현장 재학 졸업 출신 소관 본교 모교 타 동네 개인 요양 한방 치과 동물 응급 해외 상급 전담 수탁 주민 국가 공동 부설 산업 기술 중앙 어린이 학교 대상 일부 기타 전체 "
    "이용 방문 인터넷 모바일 최초 당사 본사 가까운 모든 여러 다른 같은 새로운 토목 종합건설 추가 가전 반도체 방문한 국공립 각 시군구 결제 입금 출금 수취 발행 취급 개설 후원 주관 참여 설립 건축 주요 공인".split()
)  # fmt: skip
_COMMON_END = re.compile(r"(?:하는|있는|된|한|할|의|와|과|및|또는|되는|위한|대한|인한|관한|받은|[은는을를이]|에서|에게|으로)$")


def _ends_commonly(name):
    return len(name) >= 3 and bool(_COMMON_END.search(name))


def _ends_well(particle):
    return not particle or bool(re.fullmatch(_PARTICLES, particle))


def _without_particle(text, name, start):
    """The name without a particle, where more text of its sentence follows; 은, 는, 과, 와 … only after the sound they need."""
    end = start + len(name)
    if not text[end : end + 1].strip() and not text[end:].strip():
        return name
    for particle in _STRIPPED:
        stem = name[: -len(particle)]
        if not name.endswith(particle) or len(stem) < 2:
            continue
        last = stem[-1]
        if particle in _FIT and "가" <= last <= "힣" and ((ord(last) - 0xAC00) % 28 > 0) != _FIT[particle]:
            continue
        return stem
    return name
