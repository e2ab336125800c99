NOUNS = ("계약", "금액", "주소", "성명", "날짜", "용역", "물품", "납품", "검수", "대금")


def choose(rng, values):
    return values[int(rng.integers(len(values)))]


def draw_cell(rng):
    return str(rng.integers(10 ** int(rng.integers(1, 7))))


def draw_line(rng):
    return f"제{rng.integers(1, 99)}조({choose(rng, NOUNS)}) {choose(rng, NOUNS)} {rng.integers(1, 1000000):,}원"
