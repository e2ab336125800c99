# ruff: noqa: E501, SIM905 — tables of words read better as long lines of words.
"""Names of people as forms and contracts give them: 홍길동, 홍  길  동 (인), 대표이사 홍길동, 성명 : 홍길동.

A name is a surname of the list and one or two syllables that given names are made of. Beside a label that asks for a person any
such name is one; in running text only with a title before it or a mark of respect or of signing after it.
"""

import re

from ocr_crnn.reading.values.folding import is_written, letters_apart, nearest, with_gaps

_SURNAMES = (
    "가간갈감강개견경계고곡공곽교구국군궁권근금기길김나남낭내노뇌누다단담당대도독돈동두라래로뢰루류마만망매맹명모목묘묵문미민박반방배백범"
    "변복봉부비빈빙사삼상서석선설섭성소손송수순승시신심십쌍아안애야양어엄여연염엽영예오옥온옹완왕요용우운원위유육윤은음이인임자장저전점정제조"
    "종좌주준지진차창채천초최추춘탁탄탕태판팽편평포표풍피필하학한함해허현형호홍화환황후흥"
)
_DOUBLE = ("남궁", "황보", "제갈", "선우", "독고", "사공", "서문", "동방", "망절", "어금", "소봉", "강전", "장곡")
_COMMON = frozenset(
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민나진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용라"
)
_GIVEN = frozenset(
    "가강건결경계곤관광교국권귀규균근금기길나남내노누다단달담대덕도동두라란람래량려련렬령록루리린림마만명모무문미민반방배백범별병보복봉"
    "부빈빛사산삼상새샘서석선설섭성세소솔송수숙순술슬승시식신실심아안애양엄엽여연열영예오옥온완요용우욱운웅원월유윤율은을음의이익인일임"
    "자장재전정제조종주준중지진찬창채천철청초춘충치칠탁태택평표필하학한해향헌혁현형혜호홍화환황회효훈휘흥희봄롬늘샘울름온"
)
# Words that have the form of a name: what stands beside a label or a title and is none.
_WORDS = frozenset(
    "이하 이상 이내 이전 이후 이자 이사 이용 이의 이행 이름 이메일 이사회 이용자 이해 이월 이체 이동 이력 이수 이율 주소 주민 주식 주식회사 주의 주요 주택 주문 주임 "
    "주관 주무관 주주 주차 정보 정산 정의 정지 정관 정본 정원 정기 정상 정도 정부 조건 조항 조사 조합 조례 조치 조정 조직 조교 조회 전화 전자 전체 전송 전결 전무 전세 전액 전입 전용 "
    "성명 성별 성과 성인 성립 성적 서명 서류 서면 서식 서비스 서울 신고 신청 신청인 신청자 신고인 신규 신용 신원 신의 고용 고객 고지 고유 고시 고정 고등 임금 임대 임대인 임차인 임차 임원 "
    "임명 임시 임의 장소 장비 장애 장기 장관 장학 강사 강의 강제 강남 강원 안내 안전 안건 송금 송달 송부 유지 유효 유의 유형 유무 유보 남녀 남용 남자 지급 지체 지정 지역 지원 지방 지점 "
    "지시 지위 지침 진행 진술 진료 차량 차액 차장 차이 차감 차기 채권 채무 채용 하자 하도급 하기 하단 한도 한국 한정 함께 현금 현장 현재 현황 현지 공급 공급자 공사 공고 공동 공제 공증 "
    "공무원 공문 공개 공통 공장 구매 구분 구성 구역 구두 구청 국가 국내 국민 국적 국장 국세 권리 권한 금액 금지 금융 금리 기간 기관 기타 기한 기준 기재 기술 기업 기일 기본 나머지 명세 명의 "
    "명칭 명령 명예 모집 모두 모든 문서 문의 문제 방법 방문 방지 배상 배송 배정 배우자 변경 변제 변호사 본인 본점 본부장 부장 부담 부서 부동산 부칙 부가 부모 부사장 비고 비밀 비용 비율 "
    "사업 사업자 사업주 사용 사용자 사유 사항 사장 사본 사원 사무 사무국장 상호 상기 상대 상세 상당 상무 상품 선임 선정 선금 설계 설명 설치 소속 소유 소장 소득 소재 소재지 손해 손익 손님 수량 "
    "수령 수령인 수수료 수신 수탁 수탁자 수급 수급인 수급자 시간 시설 시작 시행 시장 승인 승낙 실시 심사 안정 양도 양수 양식 양육 어린이 업무 연락 연락처 연도 연봉 연장 연체 연차 연구 연구원 "
    "염두 영수 영업 영수증 예금 예금주 예정 예외 예산 오전 오후 오류 우선 우편 우대 원금 원본 원인 원칙 원장 원천 위탁 위탁자 위임 위원 위원장 위반 위약 위치 위와 위험 육아 은행 의무 의견 "
    "인감 인도 인수 인원 인적 인정 일자 일부 자금 자격 자료 자녀 자본 재산 재직 저당 제공 제출 제한 제외 제품 제목 종료 종류 종목 준수 준용 중도 중요 증명 증권 추가 추천 추진 출금 출력 "
    "탁월 통지 통보 통장 특약 판매 평가 평일 포함 표시 표준 표지 필요 해당 해지 해제 허가 허위 협의 형식 호텔 홍보 확인 환급 환불 황색 회사 회원 회장 회의 후견 휴가 휴대 휴대폰 휴일 담당 담당자 "
    "대리인 보호자 세대주 소비자 이해관계 해당자 전문가 전화번호 성인남녀 심사위원 공무원증 기안자 협조자 도장 인장 구청장 시장님 고객님 선생님 원장님 사장님 회장님 부장님 과장 팀장 실장 대표 대표자 감사 감사님 연구소장 "
    "안전관리 소방관 경찰관 변리사 회계사 세무사 노무사 공인 공인인증 여부 없음 있음 해당없음 미정 상동 전부 본사 지사 개인 법인 단체 남성 여성 용도 종목 업태 공휴일 공휴 평일 우수 보통 양호 불량 완료 미완료 진행중 정상적".split()
)  # fmt: skip
_SEAL = r"\s*(?:\(\s*(?:인|서명|印|서명\s*또는\s*(?:날)?인|날인|자필서명|직인)\s*\)|[㊞印]|\(인|귀하|귀중|님|씨|(?<=\s)\S?인\)|(?<=\s)인(?=\s*$)|외\s*\d+\s*[인명])"
_TITLES = (
    "대표이사|대표|이사장|이사|사장|부사장|전무|상무|본부장|실장|부장|차장|과장|대리|주임|사원|팀장|담당자|주무관|계장|국장|원장|교장|교감|교사|교수|연구원|간사|위원장|위원|"
    "감사|총무|회장|부회장|소장|센터장|서기관|사무관|변호사|법무사|세무사|회계사|의사|기사|조교|학장|총장|의장|단장|지점장|예금주|성명|대표자|연대보증인|보증인|채무자|채권자|임대인|임차인|매도인|매수인|신청인|위임인|수임인|근로자"
)
_TITLE_GAPS = with_gaps(set(_TITLES.split("|")))
_TITLES += "|대표사|대표이|표이사"  # a syllable was lost
_SPREAD = r"[가-힣](?:\s{0,8}[가-힣]){1,4}"
_NAME = rf"(?:{'|'.join(_DOUBLE)})[가-힣]{{1,2}}|[가-힣]{{3}}|[가-힣]\s{{1,8}}[가-힣]\s{{1,8}}[가-힣]"
_AFTER_TITLE = re.compile(rf"(?<![가-힣])[가-힣]{{0,4}}(?:{_TITLES})\s{{1,6}}(?P<name>{_NAME})(?=[은는이가을를와과의]?(?![가-힣○]))")
_BEFORE_SEAL = re.compile(rf"(?<![가-힣])(?P<name>{_NAME}){_SEAL}")
PARTY = "갑|을|병|정|임대인|임차인|매도인|매수인|채권자|채무자|연대보증인|보증인|근로자|사업주|위임인|수임인|신청인|위탁자|수탁자|발주자|수급인|수급자"
_HEREINAFTER = re.compile(rf"(?<=\s)(?P<name>[가-힣]{{3,4}})\s?\(\s?이하\s?[\"'“”‘’「]?\s?(?:{PARTY})(?![가-힣]{{2}})")
_HOLDER = re.compile(
    r"(?:예금주|(?<=\()예금)\s?[:：]?\s?(?P<name>[가-힣][가-힣○*]{1,3}|[가-힣]\s{1,4}[가-힣]\s{1,4}[가-힣])(?=\s?(?:[),，）]|$))"
)
_BEGIN = re.compile(rf"\s*(?P<name>[가-힣][○*●]{{1,2}}[가-힣]?|{_SPREAD})(?P<after>{_SEAL})?")
_LONGEST = 4


def is_name(text, strict=True):
    """Whether a text without spaces is a name. strict: in running text; not: where a label has asked for one."""
    if text in _WORDS or not re.fullmatch(r"[가-힣]+", text):
        return bool(re.fullmatch(r"[가-힣][○*●]{1,2}[가-힣]?", text)) and not strict
    surname, given = (text[:2], text[2:]) if text[:2] in _DOUBLE else (text[:1], text[1:])
    if not 1 <= len(given) <= 2 or len(surname) == 1 and surname not in _SURNAMES:
        return False
    if strict:
        return len(given) == 2 and (surname in _COMMON or len(surname) == 2) and _GIVEN.issuperset(given)
    return True


# 의사 허준은: a particle has the form of a last syllable.
_PARTICLE_LAST = re.compile(rf"[은는을를의과와]\s+(?!{_TITLES})[가-힣]")


def find_people(text):
    """(start, end, name) of the people of running text: a title stands before them, or a seal, 귀하 or (이하 “갑”이라 한다) after them.

    A title may have a letter misread: 예금추 김서연, and 굫감 김서연, for nobody writes 굫.
    """
    text = _WORD.sub(lambda found: _title(found.group()), text)
    found = {}
    for pattern in (_BEFORE_SEAL, _AFTER_TITLE, _HEREINAFTER, _HOLDER):
        for match in pattern.finditer(text):
            name = re.sub(r"\s", "", match["name"])
            if pattern is _AFTER_TITLE and _PARTICLE_LAST.match(text, match.end("name") - 1):
                continue
            if is_name(name, strict=pattern in (_BEFORE_SEAL, _AFTER_TITLE)) and not re.fullmatch(_TITLES, name[1:]):
                found[match.span("name")] = name
    return [(*span, name) for span, name in sorted(found.items())]


_WORD = re.compile(r"(?<![가-힣])[가-힣]{2,5}(?=\s)")


def _title(word):
    title = nearest(word, _TITLE_GAPS)
    return title if title and (len(word) > 2 or not all(map(is_written, word))) else word


def _asked_name(name):
    """The name that a label has asked for, as is_name(strict=False) takes it; of four syllables of which two neighbours are one letter
    apart, one was read twice: 옴옥슬은 is 옥슬은; the surname may have a letter misread where the rest can be a given name. None: no name."""
    if is_name(name, strict=False):
        return name
    if not re.fullmatch("[가-힣]{3,4}", name) or name in _WORDS:
        return None
    if len(name) == 4:
        once = [name[:place] + name[place + 1 :] for place in range(3) if letters_apart(name[place], name[place + 1]) == 1]
        return next((one for one in once if is_name(one, strict=False)), None)
    near = [surname for surname in _COMMON if letters_apart(name[0], surname) == 1]
    return name if near and _GIVEN.issuperset(name[1:]) else None


def name_at(text):
    """(start, end, name) of the person whom a text begins with, as the value of a label does, or None.

    After the name the text ends, or parts it from what follows: 홍길동 (인), 홍  길  동, 홍길동(730101), 남궁민수 / 부장.
    """
    match = _BEGIN.match(text)
    if not match:
        return None
    start, end = match.span("name")
    pieces = [piece.end() for piece in re.finditer(r"\S+", text[start:end])]
    for length in sorted({end - start, *pieces}, reverse=True):  # 홍길동 귀하 and 홍길동 부장 begin with 홍길동
        name = re.sub(r"\s", "", text[start : start + length])
        rest = text[start + length :]
        parts = [len(part) for part in text[start : start + length].split()]
        spread = len(parts) == 1 or set(parts) == {1} or parts == [1, 2]  # 홍길동, 홍 길 동, 홍 길동
        name = _asked_name(name) if spread and len(name) <= _LONGEST and _parted(rest) else None
        if name:
            return start, start + length, name
    return None


def _parted(rest):
    return not rest.strip() or bool(
        re.match(
            rf"{_SEAL}|\s*[,/(（\[:;|·~]|\s+(?:{_TITLES})|\s{{2,}}|\s+[^가-힣\s]|\s+(?:주소|연락처|전화|직위|소속|생년월일|주민)", rest
        )
    )
