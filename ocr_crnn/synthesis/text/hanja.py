# ruff: noqa: E501, SIM905 — tables of words read better in long lines.
"""Hanja in Korean documents: parties, dates and articles of old contracts, words beside their reading, names, and any characters at all."""

from functools import cache

from ocr_crnn.alphabet import hanja
from ocr_crnn.synthesis.text import templates
from ocr_crnn.synthesis.text import vocabulary as words
from ocr_crnn.synthesis.text.fields import choose, number, with_particle

# A word and its reading, in turn.
_WORDS = """
韓國銀行 한국은행 大韓民國 대한민국 株式會社 주식회사 代表理事 대표이사 契約書 계약서 契約 계약 甲 갑 乙 을 丙 병 丁 정 當事者 당사자 賣買 매매 賣渡人 매도인 買受人 매수인
賃貸人 임대인 賃借人 임차인 賃貸借 임대차 保證金 보증금 傳貰 전세 金利 금리 利子 이자 元金 원금 債權 채권 債務 채무 擔保 담보 抵當權 저당권 根抵當 근저당 登記 등기 不動産 부동산 土地 토지
建物 건물 住所 주소 姓名 성명 氏名 씨명 印 인 印鑑 인감 捺印 날인 署名 서명 年月日 연월일 民法 민법 商法 상법 刑法 형법 憲法 헌법 法律 법률 法院 법원 判決 판결 訴訟 소송 原告 원고 被告 피고
檢察 검찰 警察 경찰 辯護士 변호사 權利 권리 義務 의무 責任 책임 損害 손해 賠償 배상 解除 해제 解止 해지 履行 이행 不履行 불이행 違約 위약 支給 지급 期間 기간 期限 기한 條項 조항 目的 목적
第 제 條 조 項 항 號 호 章 장 節 절 編 편 附則 부칙 別表 별표 委任狀 위임장 證明書 증명서 申請書 신청서 報告書 보고서 領收證 영수증 請求書 청구서 見積書 견적서 納品書 납품서 稅金 세금 合計 합계
小計 소계 總計 총계 金額 금액 數量 수량 單價 단가 品名 품명 規格 규격 備考 비고 番號 번호 日字 일자 時間 시간 場所 장소 內容 내용 區分 구분 項目 항목 前 전 後 후 上 상 中 중 下 하 左 좌 右 우
男 남 女 여 有 유 無 무 可 가 否 부 新 신 舊 구 大 대 小 소 東 동 西 서 南 남 北 북 父 부 母 모 子 자 孫 손 兄 형 弟 제 妻 처 夫 부 長男 장남 次男 차남 戶主 호주 本籍 본적 家族 가족 關係 관계 出生 출생
死亡 사망 婚姻 혼인 相續 상속 遺言 유언 國家 국가 政府 정부 大統領 대통령 國會 국회 議員 의원 長官 장관 次官 차관 市長 시장 道知事 도지사 郡守 군수 敎育 교육 學校 학교 大學校 대학교 學生 학생 敎授 교수 博士 박사
硏究 연구 科學 과학 技術 기술 經濟 경제 社會 사회 文化 문화 歷史 역사 新聞 신문 日報 일보 記者 기자 社說 사설 論說 논설 會社 회사 社長 사장 會長 회장 理事 이사 監査 감사 部長 부장 課長 과장 次長 차장 代理 대리 社員 사원
銀行 은행 貯蓄 저축 預金 예금 貸出 대출 投資 투자 證券 증권 株主 주주 總會 총회 資本 자본 利益 이익 貿易 무역 輸出 수출 輸入 수입 産業 산업 企業 기업 工場 공장 製品 제품 生産 생산 販賣 판매 市場 시장 價格 가격 費用 비용
病院 병원 醫師 의사 患者 환자 治療 치료 藥品 약품 健康 건강 環境 환경 安全 안전 事故 사고 保險 보험 交通 교통 道路 도로 鐵道 철도 航空 항공 港灣 항만 電氣 전기 電話 전화 通信 통신 情報 정보 電子 전자 機械 기계 自動車 자동차
漢字 한자 漢文 한문 國語 국어 英語 영어 數學 수학 音樂 음악 美術 미술 體育 체육 文學 문학 詩 시 小說 소설 書藝 서예 佛敎 불교 儒敎 유교 儒學 유학 朝鮮 조선 高麗 고려 新羅 신라 百濟 백제 高句麗 고구려 王 왕 王朝 왕조 實錄 실록 三國史記 삼국사기
春 춘 夏 하 秋 추 冬 동 月 월 火 화 水 수 木 목 金 금 土 토 日 일 祝 축 結婚 결혼 謹弔 근조 賻儀 부의 華婚 화혼 祝賀 축하 感謝 감사 謹賀新年 근하신년 感謝狀 감사장 表彰狀 표창장 賞狀 상장 任命狀 임명장 卒業 졸업 入學 입학
美國 미국 中國 중국 日本 일본 英國 영국 獨逸 독일 佛蘭西 불란서 東京 동경 北京 북경 京城 경성 釜山 부산 大邱 대구 仁川 인천 光州 광주 大田 대전 蔚山 울산 京畿道 경기도 江原道 강원도 忠淸道 충청도 全羅道 전라도 慶尙道 경상도 濟州道 제주도
與野 여야 與黨 여당 野黨 야당 選擧 선거 民主 민주 自由 자유 平和 평화 統一 통일 獨立 독립 戰爭 전쟁 軍 군 軍人 군인 外交 외교 首相 수상 條約 조약 協定 협정 會談 회담 發表 발표 決定 결정 反對 반대 贊成 찬성 改正 개정 廢止 폐지 施行 시행 公布 공포
""".split()
WORDS = tuple(zip(_WORDS[::2], _WORDS[1::2], strict=True))
_SURNAMES = "金李朴崔鄭姜趙尹張林韓吳徐申權黃安宋柳全洪高文梁孫裵白許劉南沈盧河郭成車朱禹具辛任田閔陳池嚴蔡元千方孔玄咸卞廉呂秋都石薛馬吉延魏表明奇房潘王琴玉陸印孟諸"
_GIVEN = "民正英秀哲浩俊賢美善惠淑順子姬喜貞恩京敬慶泰東相尙鎬宇元炳基容永榮成星盛振珍眞鎭燮圭奎揆河夏煥桓勳薰勇龍鏞均根洙守壽承昇勝植錫碩奭宣先世細昭素松率水殊銖時始植臣信新彦淵然烈悅映暎"
_COUNTERS = "一二三四五六七八九十"
_FORMAL = "壹貳參四五六七八九拾"
_PAIRS = ("은는", "이가", "을를", "과와", "으로")  # what depends on the last sound, as with_particle takes it
_PARTICLES = (*_PAIRS, *_PAIRS, "의", "에", "에서", "에게", "도", "만", "")
# Read alone nobody can tell these from a dash, a jamo, a letter or a sign.
AMBIGUOUS = frozenset("一二三口日曰人入八十工丁乙丨丿亅卜又大犬太力刀夕小川凡几")


def draw_hanja_line(rng):
    """A line with Hanja, 1 to about 60 characters."""
    return choose(rng, _KINDS)(rng)


def draw_any_hanja(rng):
    """Words of any Hanja of KS X 1001, each as likely as any other, or of those that common words are written with."""
    characters = hanja_of_words() if rng.random() < 0.35 else all_hanja()
    sizes = rng.integers(1, 9, size=number(rng, 1, 6))
    text = " ".join("".join(characters[i] for i in rng.integers(len(characters), size=size)) for size in sizes)
    return text if not AMBIGUOUS.issuperset(text.replace(" ", "")) else draw_any_hanja(rng)


def draw_hanja_in_hangul(rng):
    """A phrase of Hangul with one to three Hanja of any kind in it, in brackets or in place of a syllable."""
    text = templates.draw_phrase(rng)
    characters = "".join(all_hanja()[i] for i in rng.integers(len(all_hanja()), size=number(rng, 1, 3)))
    if rng.random() < 0.5:
        return f"{text}({characters})"
    place = number(rng, 0, len(text))
    return text[:place] + characters + text[place:]


def _word_with_reading(rng):
    word, reading = choose(rng, WORDS)
    beside = f"{word}({reading})" if rng.random() < 0.5 else f"{reading}({word})"
    return f"{beside}{_particle(rng, reading)} {templates.draw_word(rng)}"


def _words(rng):
    """Words with particles: the running text of old statutes and newspapers."""
    pieces = []
    for place in range(number(rng, 1, 6)):
        word, reading = choose(rng, WORDS)
        pieces.append(word + _particle(rng, reading) if place == 0 or rng.random() < 0.8 else templates.draw_word(rng))
    return " ".join(pieces)


def _clause(rng):
    """A sentence whose parties and nouns are written in Hanja."""
    subject, reading = choose(rng, WORDS)
    other, _ = choose(rng, WORDS)
    action = f"{choose(rng, words.ACTIONS)}{choose(rng, words.ENDINGS)}"
    thing = with_particle(choose(rng, words.NOUNS), "을를")
    return choose(rng, (f"{subject}{_particle(rng, reading)} {other}에게 {thing} {action}", f"{_article(rng)}에 따라 {subject}{_particle(rng, reading)} {thing} {action}"))  # fmt: skip


def _article(rng):
    n = number(rng, 1, 99)
    written = str(n) if rng.random() < 0.5 else _small(n)
    return f"第{written}{choose(rng, '條條條項號章節回')}" + choose(rng, ("", "", f"({choose(rng, WORDS)[0]})", f" 第{number(rng, 1, 9)}項"))


def _small(n):
    """1 … 99 in Hanja: 三十七."""
    tens, ones = divmod(n, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _COUNTERS[tens - 1] + "十") + (_COUNTERS[ones - 1] if ones else "")


def _date(rng):
    year, month, day = number(rng, 1948, 2039), number(rng, 1, 12), number(rng, 1, 28)
    gap = choose(rng, ("", " "))
    head = choose(rng, ("", "", "西紀 ", "檀紀 ", "自 ", "至 "))
    if rng.random() < 0.3:
        return f"{head}{''.join('〇一二三四五六七八九'[int(d)] for d in str(year))}年{gap}{_small(month)}月{gap}{_small(day)}日"
    return f"{head}{year}年{gap}{month}月{gap}{day}日" + choose(rng, ("", "", f"({choose(rng, '月火水木金土日')})", " 現在", " 字"))


def _money(rng):
    tens, hundreds = number(rng, 1, 9), number(rng, 1, 9)
    numerals = _FORMAL if rng.random() < 0.5 else _COUNTERS
    return f"{choose(rng, ('金', '一金', '金 '))}{numerals[hundreds - 1]}{choose(rng, '百千')}{numerals[tens - 1]}{choose(rng, '拾十百')}{choose(rng, '萬億')}원{choose(rng, ('整', '정', ''))}"


def _person(rng):
    given = "".join(choose(rng, _GIVEN) for _ in range(2)) if rng.random() < 0.7 else "".join(choose(rng, words.GIVEN_SYLLABLES) for _ in range(2))
    return choose(rng, _SURNAMES) + choose(rng, ("", "", " ")) + given


def _signature(rng):
    company = choose(rng, words.COMPANY_STEMS) + choose(rng, words.COMPANY_FIELDS)
    firm = choose(rng, (f"(株){company}", f"株式會社 {company}", f"{company}(株)", company))
    post = choose(rng, ("代表", "代表理事", "理事", "社長", "會長", "部長", "課長", "博士", "敎授", "記者", "辯護士"))
    return choose(rng, (f"{firm} {post} {_person(rng)} {choose(rng, ('(印)', '印', '㊞', ''))}", f"{post} {_person(rng)}", f"{_person(rng)} {post}", f"{choose(rng, '甲乙丙')} : {_person(rng)} (印)")).strip()  # fmt: skip


def _particle(rng, reading):
    particle = choose(rng, _PARTICLES)
    return with_particle(reading, particle)[len(reading) :] if particle in _PAIRS else particle


@cache
def all_hanja():
    return hanja()


@cache
def hanja_of_words():
    """Those of the words and names above, a character as often as it occurs."""
    known = frozenset(hanja())
    return "".join(c for c in "".join(word for word, _ in WORDS) + _SURNAMES + _GIVEN if c in known)


_KINDS = (
    draw_any_hanja, draw_any_hanja, draw_any_hanja, draw_any_hanja, draw_any_hanja, draw_hanja_in_hangul, draw_hanja_in_hangul,
    _word_with_reading, _words, _words, _words, _clause, _clause, _article, _date, _date, _money, _person, _signature, _signature,
)  # fmt: skip
