# ruff: noqa: E501, SIM905 — tables of words read better as long lines of words.
"""Labels of forms that say what stands beside or under them: 성명, 상호, 주소, 일자, 금액 …, and which text each speaks of.

A label is compared without spaces and marks, so 성    명 :, (성명) and 성명 are one.
"""

import re
from functools import lru_cache

import numpy as np

from ocr_crnn.reading.values.folding import is_written, letters_apart, print_alike

LABELS = {
    "PERSON": (
        "성명|성함|이름|대표자|대표자명|대표|대표이사|대표자성명|신청인|신청자|예금주|담당자|담당|작성자|확인자|보호자|법정대리인|대리인|위임인|수임인|위임자|근로자|사업주|임대인|임차인|매도인|매수인|"
        "갑|을|병|정|甲|乙|丙|丁|채권자|채무자|연대보증인|보증인|신고인|청구인|피보험자|계약자|수령인|인수자|인계자|계산원|기안자|검토자|결재자|대표성명|학생명|학부모|세대주|본인|신청인성명|성명한글|성명(한글)|한글성명|발급자|의사명|환자명|환자성명|서명자|소유자|중개사|공급자|공급받는자|발주자|수급인|수급자"
    ),
    "ORGANIZATION": "상호|상호명|법인명|회사명|업체명|기관명|단체명|상호(법인명)|법인명(단체명)|상호법인명|소속|근무처|직장명|학교명|은행명|은행|금융기관|거래은행|거래처|거래처명|가맹점명|병원명|수신|발신|공급자|공급받는자|발주자|수급인|수급자|임대인|임차인|갑|을|甲|乙|발급기관|카드사",
    "ADDRESS": "주소|소재지|주소지|사업장주소|사업장소재지|본점소재지|거주지|도로명주소|지번주소|배송지|주소(소재지)|근무장소|현주소|등록기준지",
    "DATE": "일자|날짜|생년월일|생일|작성일|작성일자|신청일|신청일자|계약일|계약일자|발행일|발행일자|발급일|발급일자|거래일|거래일자|거래일시|입사일|납기일|납부기한|기한|시행일|접수일|접수일자|승인일|승인일시|등록일|개업일|개업연월일|유효기간|지급일|만기일|처리일자|퇴사일|졸업일|입금일|결제일",
    "MONEY": "금액|합계|총계|합계금액|총금액|총액|계약금액|청구금액|공급가액|세액|부가세|부가가치세|단가|잔액|입금액|출금액|입금|출금|보증금|임대료|월세|월임대료|차임|계약금|중도금|잔금|임금|기본급|급여|수당|연봉|월급|시급|받은금액|결제금액|판매금액|과세금액|면세금액|할인금액|카드결제|봉사료|수수료|대출금액|원금|이자|납부금액|지급액|공제액|실지급액|예정가격|추정가격|소계",
    "PHONE": "전화|전화번호|연락처|휴대전화|휴대폰|핸드폰|tel|팩스|fax|전송|hp|휴대전화번호",
}  # fmt: skip
# Labels that ask for something else; a text that is one of them is no value.
OTHERS = frozenset(
    "단계|상품명|제품명|할부|매장|용도|종목|업태|비고|품명|품목|규격|수량|사유|내용|직위|직책|직급|부서|부서명|관리번호|접수번호|허가번호|차량번호|등록번호|사업자등록번호|주민등록번호|법인등록번호|계좌번호|카드번호|승인번호|기간|계약기간|구분|항목|적요|번호|순번|연번|"
    "제목|경유|참조|붙임|첨부|성별|국적|관계|전자우편|이메일|우편번호|홈페이지|용역명|공사명|건명|사업명|단위|비율|지급시기|배점|득점|의견|설명|명칭|코드|증감|기타|학과|학번|업종|세부내용|서명|날인|인".split(
        "|"
    )
)
LABELS = {kind: frozenset(words.lower().split("|")) for kind, words in LABELS.items()}
_KEYS = OTHERS.union(*LABELS.values())
_KEYS_BY_LENGTH = {length: [key for key in _KEYS if len(key) == length] for length in range(2, 9)}
# After any of these a colon, or nothing but space, may stand before the value; 갑 and 을 need more than a space: they are particles too.
_INLINE = sorted({word for kind in ("PERSON", "ORGANIZATION", "ADDRESS", "DATE", "MONEY") for word in LABELS[kind]}, key=len, reverse=True)
_SPREAD = "|".join(r"\s{0,6}".join(map(re.escape, word)) for word in _INLINE)
_AT_START = re.compile(
    rf"(?P<label>{_SPREAD})(?:\s*\((?:원|단위:?원|한글|갑|을|인)\))?(?P<joint>\s*[:：]\s*|\s*[)）]\s*|\s+)", re.IGNORECASE
)
_ANYWHERE = re.compile(rf"(?<![가-힣A-Za-z])(?P<label>{_SPREAD})(?P<joint>\s*[:：]\s*)", re.IGNORECASE)
_OPENING = re.compile(r"[\s(\[<“\"'○●□■▪•·*※①-⑮\-]*(?:\d{1,2}[.)]|[가-하][.)])?\s*[“\"'(]?")
_REACH_ABOVE = 3  # rows that have no cell in a column, between two cells of it
_GAP_EM = 3.0  # between the cells of a column, in heights of a line


@lru_cache(maxsize=4096)
def label_kinds(text):
    """The types that a label announces, a tuple in the order of LABELS; empty for a text that is none.

    A label of two syllables may have a letter (jamo) misread for one that prints alike, or so that a syllable nobody writes came of it, a
    longer one a syllable, and one syllable may be too many or missing, if that leads to labels of one type only. 단계 is not 단가.
    """
    return _kinds_of(text, _near_keys)


@lru_cache(maxsize=4096)
def heading_kinds(text):
    """As `label_kinds`, of a text among headings: any one of its letters may be misread, so that 단갔 is 단가 there."""
    return label_kinds(text) or _kinds_of(text, lambda key: {other for other in _same_length(key) if letters_apart(key, other) == 1})


def _kinds_of(text, near):
    key = re.sub(r"[\s:：*·.|]", "", text).lower()
    keys = {key, re.sub(r"\(.*?(?:\)|$)", "", key), key.strip("()[]“”\"'")}
    if not keys & _KEYS:
        keys = set().union(*map(near, keys))
        if len({_kinds(other) for other in keys}) != 1:
            return ()
    return tuple(kind for kind, words in LABELS.items() if keys & words)


def _same_length(key):
    return _KEYS_BY_LENGTH.get(len(key), ())


def _kinds(key):
    return tuple(kind for kind, words in LABELS.items() if key in words)


def _near_keys(key):
    """The labels that a text may be a misreading of, none for a text of one syllable."""
    near, nearer = set(), _keys_a_sign_apart(key)
    for other in _same_length(key):
        different = [place for place in range(len(key)) if key[place] != other[place]]
        if len(different) == 1 and (len(key) > 2 or _misread(key[different[0]], other[different[0]])):
            near.add(other)
            nearer |= {other} if letters_apart(key, other) == 1 else set()
    return nearer or near


def _misread(syllable, other):
    return print_alike(syllable, other) or not is_written(syllable) and letters_apart(syllable, other) == 1


def _keys_a_sign_apart(key):
    """The labels that a text becomes with one sign less or more: 공급갃가액 and 공급액 are 공급가액; of a label of two syllables the sign
    too many is one letter from that after it: 핱합계 is 합계."""
    if len(key) < 3:
        return set()
    places = range(len(key)) if len(key) > 3 else [place for place in (0, 1) if letters_apart(key[place], key[place + 1]) == 1]
    shorter = {key[:place] + key[place + 1 :] for place in places} & _KEYS
    longer = _KEYS_BY_LENGTH.get(len(key) + 1, ())
    return shorter | {other for other in longer if any(other[:n] + other[n + 1 :] == key for n in range(len(other)))}


def is_label(text):
    """Whether a text is the label of anything, also with one letter of a Hangul syllable misread: 종믁 is 종목."""
    key = re.sub(r"[\s:：*·.()|]", "", text).lower()
    near = any(letters_apart(key, other) == 1 for other in _KEYS_BY_LENGTH.get(len(key), ()))
    return key in _KEYS or near or bool(_keys_a_sign_apart(key))


def labelled_values(line):
    """(types, start, end) of the values that stand behind their labels in one line: 성명 : 홍길동 / 생년월일: 1990. 1. 31.

    A value ends where the next label begins. Without a colon a label counts only at the beginning of a line.
    """
    found = {}
    start = _OPENING.match(line).end()
    first = _AT_START.match(line, start)
    if first and (first["joint"].strip() or len(re.sub(r"\s", "", first["label"])) > 1 or len(first["joint"]) > 1):
        found[first.start()] = first
    for match in _ANYWHERE.finditer(line):
        found.setdefault(match.start(), match)
    matches = [found[place] for place in sorted(found)]
    ends = [match.start() for match in matches[1:]] + [len(line)]
    for match, end in zip(matches, ends, strict=False):
        if match.end() < end:
            kinds = label_kinds(match["label"])
            # 은행 바로 뒤: without a colon what follows may be any words.
            alone = ":" in match["joint"] or "：" in match["joint"] or len(line[match.end() : end].split()) == 1
            yield tuple(kind for kind in kinds if kind != "ORGANIZATION" or alone), match.end(), end


def labels_of_blocks(boxes, texts):
    """The text of the label of each block, "" where there is none: the nearest label to its left in its row, else the heading of its column.

    boxes: `(blocks, 4)`, left, top, right and bottom in page pixels. texts: of the blocks. A block that is a label itself has none.
    """
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    kinds, known = [label_kinds(text) for text in texts], [is_label(text) for text in texts]
    labels, headings, rows = [""] * len(texts), {}, _rows(boxes)
    row_of = {block: row for row, members in enumerate(rows) for block in members}
    for members in rows:
        if len(members) > 2 and 2 * sum(known[block] for block in members) > len(members):
            for block in members:
                kinds[block] = kinds[block] or heading_kinds(texts[block])
    for row, members in enumerate(rows):
        for column, block in enumerate(members):
            headings[block] = _heading(block, rows, row, column, boxes, kinds, known, headings)
            if headings[block] is not None and len(members) > len(rows[row_of[headings[block]]]) + 1:
                headings[block] = None  # another table stands below
            left = members[column - 1] if column else None
            found = left if left is not None and kinds[left] else headings[block]
            if found is not None and not kinds[block]:
                labels[block] = texts[found]
    return labels


def _rows(boxes):
    """Blocks side by side, from the left to the right, rows from the top to the bottom: blocks whose middles lie within each other's height."""
    rows = []
    for block in np.argsort(boxes[:, 1] + boxes[:, 3], kind="stable").tolist():
        middle = (boxes[block, 1] + boxes[block, 3]) / 2
        last = rows[-1][0] if rows else None
        if (
            last is not None
            and boxes[last, 1] <= middle <= boxes[last, 3]
            and boxes[block, 1] <= (boxes[last, 1] + boxes[last, 3]) / 2 <= boxes[block, 3]
        ):
            rows[-1].append(block)
        else:
            rows.append([block])
    return [sorted(row, key=lambda block: boxes[block, 0]) for row in rows]


def _heading(block, rows, row, column, boxes, kinds, known, headings):
    """The label above a block in its column, or None; a cell that is no label passes its own heading down.

    The cell above is the one at the same place in a row of as many cells, else the one whose box overlaps most, else the one between
    whose left side and that of the next the block lies: numbers stand at the right of columns whose headings stand at the left.
    """
    for above in range(row - 1, max(row - 1 - _REACH_ABOVE, -1), -1):
        gap = boxes[rows[above + 1], 1].min() - boxes[rows[above], 3].max()
        if gap > _GAP_EM * (boxes[block, 3] - boxes[block, 1]):
            return None
        place = column
        if len(rows[above]) != len(rows[row]):
            common = np.minimum(boxes[rows[above], 2], boxes[block, 2]) - np.maximum(boxes[rows[above], 0], boxes[block, 0])
            place = int(common.argmax()) if common.max() > 0 else _between(boxes[block], boxes[rows[above]])
            if place is None:
                continue
        cell = rows[above][place]
        if not kinds[cell]:
            return headings[cell]
        # 성명 | 홍길동 above a block: that label is of the value beside it, not of what stands below.
        beside = rows[above][place + 1 : place + 2]
        return cell if not beside or known[beside[0]] or len(rows[above]) == len(rows[row]) > 2 else None
    return None


def _between(box, cells):
    """The number of the cell of a row, boxes `(cells, 4)`, in whose column a box lies, or None; the last column has no right side."""
    lefts = cells[:, 0]
    place = int(np.searchsorted(lefts, box[0], side="right")) - 1
    return place if 0 <= place < len(cells) - 1 and box[2] < lefts[place + 1] else None
