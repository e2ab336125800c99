# ruff: noqa: E501 — tables of examples read better in long lines.
"""Lines of Korean documents: contracts, official letters, forms, receipts, invoices, reports, manuals. Nothing in them is real."""

from ocr_crnn.synthesis.text import fields
from ocr_crnn.synthesis.text import vocabulary as words
from ocr_crnn.synthesis.text.fields import choose, number, with_particle
from ocr_crnn.synthesis.text.marks import mark, unmark


def draw_document_line(rng):
    """One line of some document, 1 to about 90 characters."""
    return choose(rng, _KINDS)(rng)


def draw_cell(rng):
    """What stands alone in a table cell or box: a number, a label, a mark, a date, one character."""
    draw = choose(rng, _CELLS)
    return draw(rng)


def draw_word(rng):
    """One word of the vocabulary, with a particle more often than not."""
    word = choose(rng, words.NOUNS if rng.random() < 0.6 else words.ACTIONS)
    particle = choose(rng, ("", "", "을를", "이가", "은는", "과와", "으로", "의", "에", "에서", "에게", "까지", "부터", "도", "만", "및"))
    if len(particle) == 2 and particle not in ("에서", "에게", "까지", "부터") or particle == "으로":
        return with_particle(word, particle)
    return f"{word} 및" if particle == "및" else word + particle


# --- sentences -----------------------------------------------------------------------------------------------------------------


def draw_clause(rng):
    """A sentence of legal or office Korean: grammatical, meaning little."""
    subject = with_particle(choose(rng, words.PARTIES if rng.random() < 0.6 else words.NOUNS), choose(rng, ("은는", "은는", "이가")))
    thing = choose(rng, words.NOUNS)
    if rng.random() < 0.3:
        thing = f"{choose(rng, words.NOUNS)}{choose(rng, ('의 ', ' 및 ', '·', ', ', '(이하 “본 계약”이라 한다)의 ', ' 등 '))}{thing}"
    action = choose(rng, words.ACTIONS)
    pieces = [subject]
    if rng.random() < 0.35:
        pieces.append(with_particle(choose(rng, words.PARTIES), "과와") + " 함께" if rng.random() < 0.3 else choose(rng, words.PARTIES) + "에게")
    if rng.random() < 0.35:
        pieces.append(choose(rng, words.ADVERBS))
    if rng.random() < 0.3:
        pieces.append(choose(rng, (f"{mark('QUANTITY', f'{number(rng, 1, 90)}일')} 이내에", f"{fields.date(rng).strip()}까지", f"제{number(rng, 1, 60)}조제{number(rng, 1, 9)}항에 따라", f"{fields.percent(rng)} 이상", f"{mark('MONEY', f'{fields.amount(rng):,}원')}을", f"제{number(rng, 1, 30)}조(제{number(rng, 2, 12)}호는 제외한다)의")))  # fmt: skip
    pieces.append(with_particle(thing, "을를"))
    return " ".join(pieces) + f" {action}{choose(rng, words.ENDINGS)}"


def draw_article(rng):
    """제5조(대금의 지급) ① 갑은 …"""
    n = number(rng, 1, 120)
    head = f"제{n}조" + (f"의{number(rng, 2, 9)}" if rng.random() < 0.1 else "")
    title = choose(rng, words.ARTICLE_TITLES)
    head += choose(rng, (f"({title})", f"({title})", f"({title})", f" ({title})", f" [{title}]", f"【{title}】", f" {title}", f" 【{title}】"))
    if rng.random() < 0.35:
        return head
    return f"{head} {choose(rng, ('', '', '① ', '1. ', '가. '))}{draw_clause(rng)}"


def draw_item(rng):
    """A numbered item: a clause, a noun, or a label with its value."""
    body = choose(rng, (draw_clause, draw_labelled_value, draw_title, draw_clause, draw_phrase))(rng)
    return f"{fields.numbering(rng)}{choose(rng, (' ', ' ', ' ', '', '  '))}{body}"


def draw_phrase(rng):
    """A run of nouns such as headings and list items are made of."""
    count = number(rng, 1, 5)
    text = choose(rng, words.NOUNS)
    for _ in range(count - 1):
        text += choose(rng, (" ", " ", " ", " 및 ", "·", ", ", "/", "의 ", "(", " - "))
        text += choose(rng, words.NOUNS if rng.random() < 0.6 else words.ACTIONS)
    return text + ")" * text.count("(")


def draw_broken_line(rng):
    """A line of running text as it is broken in a column: it begins and ends anywhere, sometimes inside a word."""
    text = " ".join(draw_clause(rng) for _ in range(number(rng, 2, 3)))
    length = number(rng, 15, 60)
    start = number(rng, 0, max(0, len(text) - length))
    return text[start : start + length].strip() or text


def draw_enumeration(rng):
    join = choose(rng, (", ", "·", "·", "/", " / ", ",", "、", " | ", "; "))
    return join.join(choose(rng, words.NOUNS) for _ in range(number(rng, 2, 7)))


def draw_definition(rng):
    """“용어”란 … 말한다."""
    opening, closing = choose(rng, ("“”", "“”", "‘’", '""', "''", "「」", "『』", "《》", "〈〉", "<>"))
    term = f"{opening}{choose(rng, words.NOUNS)}{closing}"
    return choose(rng, (f"{term}{choose(rng, ('이란', '이라 함은', '란'))} {choose(rng, words.NOUNS)}의 {choose(rng, words.ACTIONS)}에 필요한 {with_particle(choose(rng, words.NOUNS), '을를')} 말한다.", f"{choose(rng, ('「', '『'))}{draw_phrase(rng)}에 관한 법률{choose(rng, ('」', '』'))} 제{number(rng, 1, 120)}조제{number(rng, 1, 9)}항제{number(rng, 1, 20)}호", f"{term} {draw_clause(rng)}")).replace("「『", "「")  # fmt: skip


def draw_question(rng):
    return f"{with_particle(choose(rng, words.NOUNS), '은는')} {choose(rng, ('무엇입니까?', '어떻게 되나요?', '언제까지 제출해야 하나요?', '필요한가요?', '가능합니까?', '왜 중요할까요?', '얼마인가요?'))}"


# --- letters, forms, receipts --------------------------------------------------------------------------------------------------


def draw_title(rng):
    """A document's or chapter's title, now and then letter-spaced."""
    kinds = ("계약서", "신청서", "보고서", "안내문", "공고", "계획(안)", "동의서", "확인서", "내역서", "명세서", "통지서", "회의록", "현황", "결과 보고", "운영 계획", "협조 요청", "제출 요청", "안내", "알림")
    text = f"{choose(rng, words.NOUNS)} {choose(rng, words.ACTIONS)} {choose(rng, kinds)}"
    if rng.random() < 0.2:
        return " ".join(choose(rng, (choose(rng, kinds).replace(" ", ""), choose(rng, words.NOUNS), "영수증", "계약서", "견적서", "위임장", "공고문")))
    chapter = choose(rng, ("", "", f"{mark('DATE', f'{number(rng, 2000, 2039)}년')} ", f"{mark('DATE', f'{number(rng, 2000, 2039)}학년도')} ", f"제{number(rng, 1, 12)}장 ", "「", f"{fields.CIRCLED[number(rng, 0, 9)]} ", f"{number(rng, 1, 9)}. ", "[붙임 1] ", f"<별표 {number(rng, 1, 9)}> "))
    return chapter + text + ("」" if chapter == "「" else "")


def draw_labelled_value(rng):
    """성명 : 홍○○"""
    label = choose(rng, words.FIELD_LABELS)
    join = choose(rng, (": ", " : ", ":", "  ", " ", " : ", ") ", " - "))
    return f"{label}{join}{choose(rng, _VALUES)(rng)}"


def draw_two_fields(rng):
    return f"{draw_labelled_value(rng)}{choose(rng, (' / ', '   ', ', ', ' | ', '  '))}{draw_labelled_value(rng)}"


def draw_letter_head(rng):
    """수신, 시행, 관련 lines of an official letter."""
    return choose(
        rng,
        (
            f"수신  {fields.organisation(rng)}{choose(rng, ('장', '장 귀하', ' 귀중', '(' + choose(rng, words.DEPARTMENTS) + '장)'))}",
            "수신자  수신자 참조  (경유)",
            f"{number(rng, 1, 4)}. 관련: {choose(rng, words.DEPARTMENTS)}-{number(rng, 1, 9999)}({fields.date(rng).strip()})",
            f"시행  {choose(rng, words.DEPARTMENTS)}-{number(rng, 1, 9999)} ({fields.date(rng).strip()})  접수",
            f"{mark('ADDRESS', f'우 {fields.digits(rng, 5)}  {unmark(fields.address(rng))}')}  / {fields.url(rng)}",
            f"전화 {fields.phone(rng)}  전송 {fields.phone(rng)} / {fields.email(rng)} / 공개",
            f"붙임  {number(rng, 1, 3)}. {draw_phrase(rng)} {number(rng, 1, 5)}부.  끝.",
            f"{choose(rng, words.POSITIONS)} {fields.person(rng)}  {choose(rng, words.POSITIONS)} {fields.person(rng)}  {choose(rng, ('전결', '대결', ''))} {number(rng, 1, 12)}/{number(rng, 1, 28)}",
            f"{with_particle(choose(rng, words.NOUNS), '과와')} 관련하여 다음과 같이 {choose(rng, ('안내', '제출', '통보', '회신', '요청'))}하오니 {choose(rng, ('협조하여 주시기 바랍니다.', '업무에 참고하시기 바랍니다.', '기한 내 제출하여 주시기 바랍니다.'))}",
        ),
    )  # fmt: skip


def draw_party(rng):
    """Who signs."""
    role = choose(rng, ("갑", "을", "(갑)", "(을)", "“갑”", "발주자", "수급자", "임대인", "임차인", "공급자", "공급받는자", "위임인", "신청인", "보호자", "법정대리인", "계약담당자"))
    name = choose(rng, (fields.person, fields.company, fields.organisation))(rng)
    mark = choose(rng, ("(인)", "(서명)", "(서명 또는 인)", "(印)", "인", "", "귀하", "귀중"))
    return choose(rng, (f"{role} : {name} {mark}", f"{role}  {fields.company(rng)}  {choose(rng, words.POSITIONS)}  {fields.person(rng)}  {mark}", f"{name} {choose(rng, words.POSITIONS)} {fields.person(rng)} {mark}", f"{role}: {name}(이하 “{choose(rng, ('갑', '을', '회사', '근로자'))}”이라 한다)", f"{name}(이하 \"{choose(rng, '갑을')}\"이라 함)과(와) {fields.person(rng)}(이하 \"{choose(rng, '갑을')}\"이라 함)은 다음과 같이 계약을 체결한다.")).rstrip()  # fmt: skip


def draw_receipt_line(rng):
    goods, price, count = choose(rng, words.GOODS), fields.amount(rng) % 10**6, number(rng, 1, 30)
    gap = " " * number(rng, 1, 4)
    return choose(
        rng,
        (
            f"{goods}{gap}{price:,}{gap}{count}{gap}{price * count:,}",
            f"{goods} {mark('QUANTITY', f'{count}{choose(rng, words.COUNTERS)}')}{gap}{mark('MONEY', f'{price * count:,}원')}",
            f"{choose(rng, ('합 계', '합계', '총 금 액', '받은금액', '거스름돈', '부가세', '과세물품가액', '할인', '결제금액', '카드결제', '현금', 'TOTAL', '소계'))}{gap}{price:,}",
            f"{number(rng, 1, 20):02} {goods}{gap}{price:,}",
            f"승인번호 {fields.digits(rng, 8)}  카드번호 {fields.card_number(rng)}",
            f"거래일시: {mark('DATE', f'{number(rng, 2000, 2039)}/{number(rng, 1, 12):02}/{number(rng, 1, 28):02}')} {mark('TIME', f'{number(rng, 0, 23):02}:{number(rng, 0, 59):02}:{number(rng, 0, 59):02}')}",
            f"단말기 {fields.digits(rng, 7)}A 전표 {fields.digits(rng, 6)}",
            f"{choose(rng, words.COUNTERS)} × {count} = {price * count:,}",
            choose(rng, ("=", "-", "*", "─", "━", "·", ".")) * number(rng, 5, 30),
        ),
    )  # fmt: skip


def draw_invoice_row(rng):
    count, price = number(rng, 1, 500), max(100, fields.amount(rng) % 10**6)
    join = choose(rng, (" ", "  ", " | ", "   "))
    return join.join((choose(rng, words.GOODS), choose(rng, (fields.code(rng), f"{number(rng, 10, 999)}×{number(rng, 10, 999)}㎜", "-", "일식")), f"{count}", f"{price:,}", f"{count * price:,}", f"{count * price // 10:,}"))


def draw_contact(rng):
    return choose(rng, (lambda r: f"문의: {choose(r, words.DEPARTMENTS)}(☎ {fields.phone(r).lstrip('☎☏TEL. ')})", lambda r: f"TEL {fields.phone(r)} / FAX {fields.phone(r)}", lambda r: f"{choose(r, words.DEPARTMENTS)} {fields.person(r)} {choose(r, words.POSITIONS)}({fields.email(r)})", lambda r: f"E-mail: {fields.email(r)}  {fields.url(r)}"))(rng)  # fmt: skip


def draw_contents_line(rng):
    """A line of a table of contents with its leader."""
    leader = choose(rng, (".", "·", "…", " .", "-", "‥")) * number(rng, 4, 18)
    return f"{fields.numbering(rng)} {draw_phrase(rng)} {leader} {number(rng, 1, 250)}"


def draw_footer(rng):
    n, total = number(rng, 1, 30), number(rng, 1, 99)
    return choose(rng, (f"- {n} -", f"{n}", f"{n} / {total}", f"{n}/{total}", f"Page {n} of {total}", f"– {n} –", f"({n})", f"{n}쪽", f"p. {n}", f"《{n}》", fields.company(rng), f"{number(rng, 2000, 2039)} © {fields.latin_name(rng).title()} Inc. All rights reserved.", "210mm×297mm[백상지(80g/㎡) 또는 중질지(80g/㎡)]", f"{fields.code(rng)}  {fields.date(rng).strip()}"))


def draw_check_line(rng):
    box = choose(rng, ("□", "■", "☐", "☑", "☒", "○", "●", "[ ]", "[✓]", "( )", "(○)", "◎", "☞", "√", "▣", "✔"))
    return choose(rng, ("  ", " ", ", ")).join(f"{box}{choose(rng, (' ', ''))}{choose(rng, words.NOUNS)}" for _ in range(number(rng, 1, 4)))


def draw_latin(rng):
    """English in documents: words, names, paths, commands."""
    return choose(rng, (lambda r: " ".join(choose(r, words.LATIN_WORDS) for _ in range(number(r, 1, 7))), lambda r: f"{choose(r, words.NOUNS)}({' '.join(choose(r, words.LATIN_WORDS) for _ in range(number(r, 1, 3)))})", lambda r: f"{choose(r, words.LATIN_WORDS)}{choose(r, ('을', '를', '의', '에서', ' 및 ', '/'))}{' ' + choose(r, words.NOUNS)}", lambda r: fields.latin_name(r).title() + " " + fields.latin_name(r).upper(), lambda r: f"$ sudo apt install {fields.latin_name(r)}-{fields.latin_name(r)}", lambda r: f"/usr/{fields.latin_name(r)}/{fields.latin_name(r)}.{choose(r, ('conf', 'txt', 'py', 'log'))}", lambda r: f"{fields.latin_name(r)}_{fields.latin_name(r)} = {number(r, 0, 99)};", draw_random_ascii))(rng)  # fmt: skip


def draw_random_ascii(rng):
    """Keyboard characters in any order: keys, passwords, serial numbers, formulas."""
    return "".join(chr(code) for code in rng.integers(0x21, 0x7F, size=number(rng, 2, 14)))


def draw_formula(rng):
    a, b, unit = number(rng, 1, 999), number(rng, 1, 99), choose(rng, words.UNITS)
    return choose(rng, (f"{a} × {b} = {a * b:,}", f"({a} + {b}) ÷ {number(rng, 2, 9)}", f"{a}㎡ × {b}원/㎡", f"{a}{unit} ± {b}%", f"{a} ≤ x ≤ {a + b}", f"{choose(rng, '½⅓⅔¼¾')} {choose(rng, words.NOUNS)}", f"{a}{unit} → {b}{unit}", f"α={rng.random():.2f}, β={rng.random():.3f}", f"{a}°C ~ {b}℃", f"∑({a}×{b})", "H₂O, CO₂, m³/h, 10⁴", f"√{a} ≒ {a**0.5:.2f}", f"[{a}, {b}]", f"{a}%p↑", f"{choose(rng, words.NOUNS)} {rng.uniform(0, 30):.1f}%↓ ({a:,}→{b:,})"))  # fmt: skip


def draw_symbols(rng):
    """A word among the symbols that documents use for bullets, brackets and rules."""
    opening, closing = choose(rng, ("「」", "『』", "《》", "〈〉", "【】", "〔〕", "［］", "（）", "“”", "‘’", "()", "[]", "{}", "<>"))
    bullet = choose(rng, "○●◎□■▣△▲▽▼◇◆☆★◁◀▷▶♠♣♥☎☏☞☜※→←↑↓↔⇒·•∙…‥–—―~〜∼～§¶†‡№℡™®©÷×±≠∞∴∵√✓✔")
    return choose(rng, (f"{bullet} {opening}{draw_phrase(rng)}{closing}", f"{opening}{choose(rng, words.NOUNS)}{closing}{bullet}{opening}{choose(rng, words.NOUNS)}{closing}", f"{bullet}{choose(rng, words.NOUNS)} {bullet}{choose(rng, words.NOUNS)}", f"{choose(rng, words.NOUNS)}{bullet}{choose(rng, words.NOUNS)}", f"{opening}{bullet}{closing} {draw_phrase(rng)}"))  # fmt: skip


def _constant(values):
    return lambda rng: choose(rng, values)


def _lone_character(rng):
    return choose(rng, "0123456789" * 6 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "abcdefghijklmnopqrstuvwxyz" + "가나다라마바사아자차카타파하갑을병정인남여무유상중하" * 2 + "○●△×◎√□■-~·/%*#※①②③④⑤⑥⑦⑧⑨⑩ⅠⅡⅢⅣⅤ㉠㉡㉢ㄱㄴㄷㄹㅁㅂㅅㅇㅏㅑㅓㅗㅜㅡㅣ")


_VALUES = (fields.person, fields.company, fields.address, fields.phone, fields.date, fields.amount_text, fields.business_number, fields.resident_number, fields.account, fields.email, fields.period, fields.quantity, fields.code, draw_phrase, fields.percent, fields.time, fields.url, fields.corporate_number)  # fmt: skip
_CELLS = (
    lambda rng: fields.digits(rng, number(rng, 1, 6)), lambda rng: f"{number(rng, 0, 99)}", lambda rng: f"{number(rng, 0, 99)}", lambda rng: f"{fields.amount(rng):,}", lambda rng: f"{fields.amount(rng):,}", _lone_character, _lone_character,
    lambda rng: choose(rng, words.FIELD_LABELS), lambda rng: choose(rng, words.FIELD_LABELS), lambda rng: choose(rng, words.NOUNS), draw_word, fields.person, fields.date, fields.time, fields.quantity, fields.percent, fields.numbering,
    fields.code, fields.amount_text, _constant(words.GOODS), _constant(words.POSITIONS), _constant(words.BANKS), _constant(words.COUNTERS), fields.phone, lambda rng: f"{rng.uniform(0, 1000):.{number(rng, 1, 3)}f}", _constant(words.DEPARTMENTS),
    fields.business_number,
)  # fmt: skip
_KINDS = (
    draw_clause, draw_clause, draw_clause, draw_article, draw_article, draw_item, draw_item, draw_item, draw_broken_line, draw_broken_line, draw_broken_line, draw_phrase, draw_enumeration, draw_definition, draw_question, draw_title,
    draw_labelled_value, draw_labelled_value, draw_labelled_value, draw_two_fields, draw_letter_head, draw_letter_head, draw_party, draw_receipt_line, draw_receipt_line, draw_invoice_row, draw_contact, draw_contents_line, draw_footer,
    draw_check_line, draw_latin, draw_latin, draw_formula, draw_symbols, _constant(words.NOTICES), fields.amount_text, fields.amount_text, fields.address, fields.account, fields.date, fields.email, fields.url, fields.resident_number,
)  # fmt: skip
