# ruff: noqa: E501 — tables of words read better in long lines.
"""Fields of Korean documents that name nobody: numbers are invalid by construction, so none can belong to a person or a company."""

import re

from ocr_crnn.synthesis.text import vocabulary as words
from ocr_crnn.synthesis.text.marks import mark, unmark

DIGITS = "영일이삼사오육칠팔구"
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def choose(rng, values):
    return values[int(rng.integers(len(values)))]


def number(rng, low, high):
    """A whole number low ≤ n ≤ high."""
    return int(rng.integers(low, high + 1))


def digits(rng, count):
    return "".join(str(d) for d in rng.integers(10, size=count))


def with_particle(word, particles):
    """The word with the particle that fits its last sound: `("서류", "을를")` → 서류를, `("서울", "으로")` → 서울로.

    particles: the one after a final consonant, then the one after a vowel; "으로" stands for 으로/로, where ㄹ counts as a vowel.
    """
    last = unmark(word).rstrip("”’'\")")[-1:]
    final = (ord(last) - 0xAC00) % 28 if "가" <= last <= "힣" else 0
    if particles == "으로":
        return word + ("으로" if final not in (0, 8) else "로")
    return word + (particles[0] if final else particles[1])


# --- people and places ---------------------------------------------------------------------------------------------------------


def person(rng):
    name = choose(rng, words.SURNAMES) + "".join(choose(rng, words.GIVEN_SYLLABLES) for _ in range(number(rng, 1, 5) > 1 or 1))
    if rng.random() < 0.85:
        name += choose(rng, words.GIVEN_SYLLABLES)
    spread = rng.random()
    return mark("PERSON", " ".join(name) if spread < 0.12 else name[0] + "○" + name[2:] if spread < 0.15 else name)


def company(rng):
    name = choose(rng, words.COMPANY_STEMS) + choose(rng, words.COMPANY_FIELDS)
    form = number(rng, 0, 6)
    return mark("ORGANIZATION", (f"주식회사 {name}", f"(주){name}", f"㈜{name}", f"{name}(주)", f"{name} 주식회사", name, f"{name}㈜")[form])


def organisation(rng):
    if rng.random() < 0.5:
        return company(rng)
    place = choose(rng, [names[0] for names in (city.split() for city in choose(rng, list(words.REGIONS.values())))])
    return mark("ORGANIZATION", (place if rng.random() < 0.5 else choose(rng, words.COMPANY_STEMS)) + choose(rng, words.INSTITUTIONS))


def bank(rng):
    return mark("ORGANIZATION", choose(rng, words.BANKS))


def address(rng):
    province = choose(rng, list(words.REGIONS))
    road = choose(rng, words.ROADS) + choose(rng, ("로", "로", "길", "대로", f"{number(rng, 1, 9)}로", f"로{number(rng, 2, 99)}번길", f"로 {number(rng, 2, 60)}길"))
    text = f"{province} {choose(rng, words.REGIONS[province])} {road} {number(rng, 1, 999)}"
    if rng.random() < 0.15:
        text += f"-{number(rng, 1, 30)}"
    detail = rng.random()
    if detail < 0.3:
        text += f", {number(rng, 1, 30)}층"
    elif detail < 0.55:
        text += f", {number(rng, 101, 130)}동 {number(rng, 1, 25)}{number(rng, 1, 8):02}호"
    if rng.random() < 0.3:
        text += f" ({choose(rng, words.ROADS)}동{', ' + choose(rng, words.BUILDINGS) + choose(rng, ('아파트', '빌딩', '타워', '상가')) if rng.random() < 0.5 else ''})"
    if rng.random() < 0.15:
        text = f"({digits(rng, 5)}) {text}" if rng.random() < 0.6 else f"우 {digits(rng, 5)}  {text}"
    return mark("ADDRESS", text)


# --- amounts and numbers -------------------------------------------------------------------------------------------------------


def amount(rng):
    """A whole number of won, from tens to billions, often round."""
    value = int(10 ** rng.uniform(1.5, 9.6))
    return max(10, round(value, -number(rng, 0, max(0, len(str(value)) - 2))))


def amount_text(rng):
    value = amount(rng)
    plain, text = f"{value:,}", in_words(value)
    before, said, after = choose(
        rng,
        (
            *(("", form, "") for form in (
                f"{plain}원", f"{plain}원", plain, plain, f"₩{plain}", f"₩{plain}", f"\\{plain}", f"₩ {plain}-", f"금 {plain}원", f"{plain}원정", f"-{plain}", f"△{plain}",
                f"금 {text}원정", f"일금 {text}원정(₩{plain})", f"일금{text}원정", f"금 {text}원 (₩{plain})", f"일금 {text} 원정", f"금{text}원정(금 {plain}원)",
                f"{in_units(value)}원", f"{in_units(value)} 원",
            )),
            ("", f"{plain}원", "(부가세 별도)"), ("", f"{plain}원", "(VAT 포함)"), ("총 ", f"{plain}원", ""), ("월 ", f"{plain}원", ""),
            *(("", form, "") for form in (
                f"{plain} KRW", f"{value}", f"USD {value / 100:,.2f}", f"${value / 100:,.2f}", f"€{value // 100:,}", f"{value / 1000:,.1f}천원", f"{value // 10000:,}만원",
            )),
            (f"(단위: {choose(rng, ('원', '천원', '백만원', '명', '건'))})", "", ""),
        ),
    )  # fmt: skip
    return before + mark("MONEY", said) + after


def in_words(value, digit_names=DIGITS, one_first=True):
    """A number in Sino-Korean words: 12,345 → 일만이천삼백사십오. `one_first=False` leaves the 일 of 일십, 일백, 일천 out, as speech does."""
    if value == 0:
        return digit_names[0]
    groups, text = [], ""
    while value:
        value, group = divmod(value, 10000)
        groups.append(group)
    for place in reversed(range(len(groups))):
        part = ""
        for power, unit in zip((1000, 100, 10, 1), ("천", "백", "십", ""), strict=True):
            digit = groups[place] // power % 10
            if digit:
                part += ("" if digit == 1 and unit and not one_first else digit_names[digit]) + unit
        text += part + ("", "만", "억", "조")[place] if part else ""
    return text


def in_units(value):
    """A number with digits and 만, 억: 120,030,000 → 1억 2,003만."""
    parts = [(value // 10**8, "억"), (value // 10**4 % 10**4, "만"), (value % 10**4, "")]
    return " ".join(f"{part:,}{unit}" for part, unit in parts if part)


def quantity(rng):
    value = choose(rng, (number(rng, 1, 99), number(rng, 1, 9999), round(rng.uniform(0, 100), number(rng, 1, 3)), f"{number(rng, 1000, 99999):,}"))
    return mark("QUANTITY", f"{value}{choose(rng, ('', '', ' '))}{choose(rng, words.UNITS if rng.random() < 0.6 else words.COUNTERS)}")


def percent(rng):
    return choose(rng, (f"{number(rng, 0, 100)}%", f"{rng.uniform(0, 100):.1f}%", f"{rng.uniform(0, 30):.2f} %", f"{number(rng, 1, 99)}퍼센트", f"100분의 {number(rng, 1, 99)}", f"연 {rng.uniform(1, 20):.1f}%", f"▲{rng.uniform(0, 20):.1f}%", f"{number(rng, 1, 9)}/{number(rng, 2, 1000)}", f"1:{number(rng, 2, 100)}", f"±{rng.uniform(0, 5):.1f}"))  # fmt: skip


# --- time ----------------------------------------------------------------------------------------------------------------------


def date(rng):
    year, month, day = number(rng, 1950, 2049), number(rng, 1, 12), number(rng, 1, 28)
    weekday = choose(rng, "월화수목금토일")
    whole = (
        f"{year}년 {month}월 {day}일", f"{year}년 {month:02}월 {day:02}일", f"{year}년{month}월{day}일", f"{year}. {month}. {day}.", f"{year}. {month}. {day}", f"{year}.{month:02}.{day:02}", f"{year}.{month:02}.{day:02}.",
        f"{year}-{month:02}-{day:02}", f"{year}/{month:02}/{day:02}", f"{year % 100:02}.{month:02}.{day:02}", f"'{year % 100:02}. {month}. {day}.", f"‘{year % 100:02}.{month}월", f"{year}. {month}. {day}.({weekday})",
        f"{month}월 {day}일", f"{month}월 {day}일({weekday})", f"{month}/{day}", f"{year}년 {month}월", f"{year}년도",
    )  # fmt: skip
    blank = (f"{year}년   월   일", "    년    월    일")
    others = (
        mark("DATE", f"{year}{month:02}{day:02}"), f"{weekday}요일", f"{mark('DATE', f'{year}학년도')} {number(rng, 1, 2)}학기", mark("DATE", f"단기 {year + 2333}년"),
        mark("DATE", f"{choose(rng, ('JAN', 'Feb', 'March', 'Apr.', 'May', 'June', 'Aug', 'Oct.', 'Dec'))} {day}, {year}"), f"{mark('DATE', f'{year}년')} {number(rng, 1, 4)}/4분기", f"{mark('DATE', f'{year}년')} 상반기",
    )  # fmt: skip
    return choose(rng, (*(mark("DATE", text) for text in whole), *blank, *others))


def time(rng):
    hour, minute, second = number(rng, 0, 23), number(rng, 0, 59), number(rng, 0, 59)
    span = f"{mark('TIME', f'{hour:02}:{minute:02}')}~{mark('TIME', f'{(hour + 2) % 24:02}:{minute:02}')}"
    first = (f"{hour:02}:{minute:02}", f"{hour:02}:{minute:02}:{second:02}", f"{hour}시 {minute}분", f"오후 {hour % 12 + 1}시", f"오전 {hour % 12 + 1}:{minute:02}")
    return choose(rng, (*(mark("TIME", text) for text in first), span, mark("QUANTITY", f"{hour}시간 {minute}분"), mark("TIME", f"PM {hour % 12 + 1}:{minute:02}")))


def period(rng):
    year, month = number(rng, 1990, 2039), number(rng, 1, 12)
    join = choose(rng, (" ~ ", "~", " ∼ ", " - ", "부터 ", " – "))
    first, last = f"{year}. {month}. {number(rng, 1, 28)}.", f"{year + number(rng, 0, 3)}. {number(rng, 1, 12)}. {number(rng, 1, 28)}."
    short = mark("DATE", f"{year}.{month:02}.01") + join + mark("DATE", f"{year + 1}.{month:02}.28")
    months, days, within = f"{number(rng, 1, 36)}개월", f"{number(rng, 2, 180)}일", f"{number(rng, 5, 365)}일"
    return choose(rng, (mark("DATE", first) + join + mark("DATE", last), short, mark("QUANTITY", months), mark("QUANTITY", days) + " 이내", f"착수일로부터 {mark('QUANTITY', within)}"))


# --- identifiers, none of which can exist --------------------------------------------------------------------------------------


def phone(rng):
    """Exchanges never begin with 0 or 1 in the Korean numbering plan; these do."""
    area = choose(rng, ("02", "031", "032", "033", "041", "042", "043", "044", "051", "052", "053", "054", "055", "061", "062", "063", "064", "070", "010", "010", "010", "080"))
    exchange = choose(rng, "01") + digits(rng, 3 if area in ("010", "070") else number(rng, 2, 3))
    last = digits(rng, 4)
    text = choose(rng, (f"{area}-{exchange}-{last}", f"{area}-{exchange}-{last}", f"{area}) {exchange}-{last}", f"({area}){exchange}-{last}", f"{area}.{exchange}.{last}", f"{area} {exchange} {last}", f"☎ {area}-{exchange}-{last}", f"☏ {area}-{exchange}-{last}", f"+82-{area[1:]}-{exchange}-{last}", f"TEL. {area}-{exchange}-{last}", f"{area}-****-{last}"))  # fmt: skip
    start = re.search(r"[(+]?\d", text).start()
    return text[:start] + mark("PHONE", text[start:])


def business_number(rng):
    """사업자등록번호 3-2-5 whose check digit is wrong: weights 1 3 7 1 3 7 1 3 5, the ninth product's tens digit counts as well."""
    body = [int(d) for d in digits(rng, 9)]
    total = sum(d * w for d, w in zip(body, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=True)) + body[8] * 5 // 10
    check = ((10 - total % 10) + number(rng, 1, 9)) % 10
    text = "".join(map(str, body)) + str(check)
    return mark("ID", f"{text[:3]}-{text[3:5]}-{text[5:]}")


def resident_number(rng):
    """주민등록번호 6-7 whose birthday does not exist: a day above 31 or a month above 12. The rest is often masked."""
    impossible_day = rng.random() < 0.5
    month, day = (number(rng, 1, 12), number(rng, 32, 99)) if impossible_day else (number(rng, 13, 99), number(rng, 1, 31))
    tail = str(number(rng, 1, 8)) + (digits(rng, 6) if rng.random() < 0.6 else choose(rng, ("******", "XXXXXX", "●●●●●●")))
    return mark("ID", f"{digits(rng, 2)}{month:02}{day:02}-{tail}")


def corporate_number(rng):
    """법인등록번호 6-7 whose check digit is wrong: weights 1 2 1 2 …, `(10 − sum mod 10) mod 10` would be right."""
    body = [int(d) for d in digits(rng, 12)]
    right = -sum(d * (1 + i % 2) for i, d in enumerate(body)) % 10
    text = "".join(map(str, body)) + str((right + number(rng, 1, 9)) % 10)
    return mark("ID", f"{text[:6]}-{text[6:]}")


def account(rng):
    """An account number of 9 or 17 digits; those of Korean banks have 10 to 16."""
    groups = choose(rng, ((3, 2, 4), (4, 2, 3), (3, 3, 3), (6, 2, 7, 2), (3, 4, 6, 4)))
    text = mark("ID", "-".join(digits(rng, count) for count in groups))
    return choose(rng, (text, f"{bank(rng)} {text}", f"{bank(rng)} {text} (예금주 {person(rng)})", f"{bank(rng)} {text} {person(rng)}"))


def card_number(rng):
    """16 digits that fail the Luhn check, often masked in the middle."""
    body = digits(rng, 15)
    doubled = sum(sum(divmod(2 * int(d), 10)) if i % 2 == 0 else int(d) for i, d in enumerate(body))
    text = body + str((-doubled + number(rng, 1, 9)) % 10)
    groups = [text[i : i + 4] for i in range(0, 16, 4)]
    if rng.random() < 0.5:
        groups[1:3] = ["****", "****"] if rng.random() < 0.6 else [groups[1][:2] + "**", "****"]
    return mark("ID", "-".join(groups))


def code(rng):
    """Document, permit, product, vehicle and approval numbers."""
    letters = "".join(choose(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(number(rng, 1, 4)))
    year = number(rng, 2000, 2039)
    return choose(rng, (f"{letters}-{digits(rng, 4)}", f"{letters}{digits(rng, number(rng, 2, 8))}", f"{choose(rng, words.DEPARTMENTS)}-{number(rng, 1, 99999)}", f"제{year}-{number(rng, 1, 9999)}호", f"제 {number(rng, 1, 999)} 호", f"{letters}-{year}-{digits(rng, 5)}", digits(rng, number(rng, 6, 14)), f"{number(rng, 10, 99)}{choose(rng, '가나다라마거너더러머버서어저고노도로모보소오조하허호')}{digits(rng, 4)}", f"No. {digits(rng, number(rng, 2, 8))}", f"№ {digits(rng, 5)}", f"v{number(rng, 0, 9)}.{number(rng, 0, 20)}.{number(rng, 0, 20)}", f"#{digits(rng, 4)}", f"{letters}/{digits(rng, 3)}"))  # fmt: skip


def latin_name(rng):
    """A pronounceable Latin word that is no word."""
    return "".join(choose(rng, ("ba", "bel", "cha", "dan", "do", "em", "fin", "gar", "ha", "hyo", "in", "ji", "kor", "la", "min", "no", "or", "pa", "qui", "ran", "seo", "tek", "u", "ven", "wol", "xi", "yeo", "zen")) for _ in range(number(rng, 2, 4)))  # fmt: skip


def email(rng):
    separator = choose(rng, ("", "", ".", "_", "-"))
    return mark("EMAIL", f"{latin_name(rng)}{separator}{digits(rng, number(rng, 0, 4)) if separator != '.' else latin_name(rng)}@{latin_name(rng)}.{choose(rng, ('co.kr', 'com', 'net', 'or.kr', 'go.kr', 'ac.kr', 'kr', 'org', 'example'))}")


def url(rng):
    host = f"{latin_name(rng)}.{choose(rng, ('co.kr', 'com', 'or.kr', 'go.kr', 'kr', 'io', 'net', 'example'))}"
    path = "".join(f"/{latin_name(rng)}" for _ in range(number(rng, 0, 2)))
    return choose(rng, (f"www.{host}", f"http://{host}{path}", f"https://www.{host}{path}/", f"https://{host}{path}?id={number(rng, 1, 999)}&page={number(rng, 1, 9)}", host))


def numbering(rng):
    """What items of Korean documents begin with."""
    n = number(rng, 1, 20)
    letter = "가나다라마바사아자차카타파하"[number(rng, 0, 13)]
    return choose(
        rng,
        (
            f"{n}.", f"{n}.", f"{n})", f"({n})", CIRCLED[n - 1], CIRCLED[n - 1], f"{letter}.", f"{letter}.", f"{letter})", f"({letter})", "-", "-", "※", "○", "●", "□", "■", "◇", "◆", "▶", "•", "·", "*", "☞", "△", "→", "▷",
            f"제{n}조", f"제{n}항", f"제{n}장", f"제{n}절", f"{n}-{number(rng, 1, 9)}.", f"{n}.{number(rng, 1, 9)}", f"{'ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ'[n % 10]}.", "㉠㉡㉢㉣㉤㉥㉦㉧㉨㉩㉪㉫㉬㉭"[n % 14], f"[{n}]", f"<{n}>", f"【{n}】", f"〈표 {n}〉", f"[그림 {n}]", f"<표 {n}-{number(rng, 1, 9)}>", f"{chr(64 + n)}.",
        ),
    )  # fmt: skip
