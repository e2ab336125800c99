"""Addresses by road (도로명) and by lot (지번), and the regions that stand alone.

An address is a region and a place in it: `시도 시군구 [구] [읍면] 도로명 번호[-번호] [, 동 층 호] [(법정동, 건물)]` or
`시도 시군구 [읍면] 동|리 [산] 번지[-호] [번지]`, with a postal code of five digits before it or not. Its normal form has the
province's whole name and one space where there are some; `valid` tells whether the province has the city.
"""

import re

from ocr_crnn.reading.values.folding import letters_apart
from ocr_crnn.reading.values.regions import CITIES, DISTRICTS, SHORT
from ocr_crnn.reading.values.value import Value

_NAMES = sorted([*CITIES, *SHORT], key=len, reverse=True)
# 세종대로 209 is no place in 세종: what a province is called for short stands alone.
_WHOLE, _SHORT = ("|".join(sorted(names, key=len, reverse=True)) for names in (CITIES, SHORT))
_PROVINCE = rf"(?P<province>{_WHOLE}|(?:{_SHORT})(?=\s))"
# 가온구누리로12: the space between a city and its road is often lost.
_CITY = r"(?P<city>[가-힣]{1,4}?[시군구])(?:(?![가-힣])|(?=[가-힣]{1,8}(?:대로|로|길)\s?\d))"
_DISTRICT = r"(?P<district>[가-힣]{1,4}구)(?![가-힣])"
_CITIES = sorted({city for cities in CITIES.values() for city in cities if len(city) > 2}, key=len, reverse=True)
_KNOWN = rf"(?P<known>{'|'.join(_CITIES)})(?![가-힣])"
_REGION = rf"(?:{_PROVINCE}(?:\s{{0,2}}{_CITY})?|{_KNOWN})(?:\s{{0,2}}{_DISTRICT})?"
_TOWN = r"(?:\s{0,2}[가-힣]{1,5}\d?[읍면](?![가-힣]))?"
_NUMBER = r"(?:\d{1,4}(?:\s?-\s?\d{1,4})?(?!\d|,\d{3}|\.\d|[가-힣]*길|로)(?![가-힣]\d)|\d{0,3}[^\s\d,.()길동번로층호-]\d{1,3}(?![^\s,.()]))"
_ROAD = r"(?:[가-힣A-Za-z·]{1,8}\d{0,3}(?:대로|로|길|거리|[모르](?=\s?\d))(?:\s?[^\s\d가-힣]?\d{1,4}(?:번|가)?(?:[가-힣]?길))?)"
_LOT = r"(?:[가-힣]{1,5}\d{0,2}(?:동|리|가|읍|면)(?:\s\d가)?(?:\s[가-힣]{1,5}리)?)"
_BUILDING = r"(?:[,\s]\s?[가-힣A-Za-z0-9]{1,12}(?:아파트|빌딩|타워|상가|오피스텔|빌라|센터|프라자|플라자|맨션|주택|하이츠))?"
# The number of a house, a floor or a flat, a sign of which may be no digit: 10다4동, 2I층.
_ROOM = r"(?=[^\s,.()]{0,3}\d)\d{0,4}[^\s\d,.()동호층번길]?\d{0,4}"
_DETAIL = (
    rf"{_BUILDING}(?:[,.\s]\s?(?:(?:제?{_ROOM}|[가-하A-Z])\s?동|{_ROOM}[둥등](?=\s?\d{{1,4}}\s?호)))?"
    rf"(?:[,.\s]{{0,2}}\s?(?:지하|B)?\s?{_ROOM}\s?층)?(?:[,.\s]{{0,2}}\s?[A-Z]?{_ROOM}\s?호)?"
)
# (통일동, 우성빌딩), of whose brackets one may be misread or lost.
_TOWN_BELOW = r"[가-힣]{1,8}\d{0,2}(?:동|가|리|읍|면|로|[둥등](?=\)))(?:\s?[,.]\s?[^()\n]{1,20}?)?\s?"
_DETAIL += rf"(?:\s?\(\s?{_TOWN_BELOW}[)\d]|\s[\d가-하]?{_TOWN_BELOW}\))?"
_POSTAL = r"(?:(?:\(우\)\s?|우\s?)?(?P<postal>\(?\d{5}\)?|\(?\d{3}-\d{3}\)?|(?<=우\s)(?=\S*\d\S*\d\S*\d)\S{4,6})\s{1,3})?"
_ADDRESS = re.compile(
    rf"(?<![가-힣\d]){_POSTAL}(?P<region>{_REGION}){_TOWN}"
    rf"(?:\s{{0,2}}{_ROAD}\s?(?:지하\s?)?{_NUMBER}(?:번지)?|\s{{0,2}}{_LOT}\s?(?:산\s?)?{_NUMBER}(?:\s?번지(?:\s?\d+호)?)?){_DETAIL}"
)
_ENDS = r"(?=$|[^가-힣]|(?:에서?|의|은|는|이|가|을|를|과|와|로|으로|및|에게)(?![가-힣]))"
_REGION_ALONE = re.compile(_REGION)
_LOWER = rf"\s[가-힣]{{1,4}}[시군구]{_ENDS}"
# 서울 alone may be part of a name; with a city below it, it is a place.
_PLACE = re.compile(
    rf"(?<![가-힣])(?:(?:{'|'.join(sorted(CITIES, key=len, reverse=True))}|(?:{'|'.join(_NAMES)})(?={_LOWER}))(?:{_LOWER}){{0,2}}"
    rf"|(?:{'|'.join(_CITIES)})(?:{_LOWER})?)(?:\s[가-힣]{{2,5}}[동읍면리]{_ENDS})?{_ENDS}"
)


def fold_regions(text):
    """The text with provinces and the cities after them as the table has them where one letter (jamo) was misread; as long as the text.

    서을특별시 성등구 → 서울특별시 성동구. A province counts only with a word after it, and one misread only with a city or county of it.
    """
    return _MISREAD.sub(_nearest_region, text)


_MISREAD = re.compile(r"(?<![가-힣])(?P<province>[가-힣]{3,7})(?P<gap>\s{1,2})(?P<city>[가-힣]{2,5})(?![가-힣])")


def _nearest_region(found):
    province = _nearest(found["province"], CITIES)
    if province is None:
        return found.group()
    return province + found["gap"] + (_nearest(found["city"], CITIES[province]) or found["city"])


def _nearest(name, names):
    """The name itself if it is one of the names, else the only one that is one letter from it, else None."""
    if name in names:
        return name
    near = [other for other in names if len(other) == len(name) and letters_apart(name, other) == 1]
    return near[0] if len(near) == 1 else None


def find_addresses(text):
    """Values of the addresses of a text whose forms are folded: kind "address" with a street or lot and its number, else "location"."""
    ends = []
    for found in _ADDRESS.finditer(text):
        ends.append((found.start(), found.end()))
        yield _value("address", found, _region_notes(found["province"], found["city"], found["known"], found["district"]))
    for found in _PLACE.finditer(text):
        if any(start < found.end() and found.start() < end for start, end in ends):
            continue
        region = _REGION_ALONE.match(found.group())
        if region:
            yield _value("location", found, _region_notes(region["province"], region["city"], region["known"], region["district"]))


def _value(kind, found, notes):
    text = re.sub(r"\s+", " ", found.group())
    province = next((name for name in _NAMES if re.search(rf"(?<![가-힣]){name}(?![가-힣]*(?:로|길))", text)), None)
    if province in SHORT:
        text = re.sub(rf"(?<![가-힣]){province}", SHORT[province], text, count=1)
    return Value(kind, found.start(), found.end(), text, "unknown_region" not in notes, notes=notes)


def _region_notes(province, city, known, district):
    if known is not None:
        return ("unlabelled_region",) if _has_district(known, district) else ("unlabelled_region", "unknown_region")
    cities = CITIES[SHORT.get(province, province)]
    if city is None:
        return () if not cities or district is None or district in cities else ("unknown_region",)
    if city in cities:
        return () if _has_district(city, district) else ("unknown_region",)
    return ("unknown_region",)


def _has_district(city, district):
    return district is None or district in DISTRICTS.get(city, ())
