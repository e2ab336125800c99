"""Small hard inputs, and a stress set drawn here: `python benchmarks/cases.py [FOLDER] [--fonts PATH…] [--faces 3] [--shown]`.

FOLDER holds images, each with a .json beside it that has `command` and `expected`, lines parted by ` | `. An input is as expected where
every line of text that is printed is a line expected, in order, spaces at the ends aside; `…` in what is expected stands for anything.

The stress set draws texts of each kind in each face, 32 px high, clean. A text is right where it is a line of what was read; kinds whose
order is what counts are right where the whole page is. Lone digits and dense lines have scripts of their own.
"""

import argparse
import json
import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from lone_digits import choose_faces
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

from ocr_crnn.reading.reader import DocumentReader
from ocr_crnn.synthesis import fonts

SIZE_PX = 32
SHIPPED = Path(__file__).parents[1] / "fonts"
WORDS = "가격 나무 다리 마을 바다 사람 아침 자리 하늘 구름 노래 도시 모래 보리 소금".split(" ")  # noqa: SIM905
LINES = {  # one text a line, read line by line
    "AI and its like": ["AI 기반 서비스", "생성형 AI 구축", "LINE 메신저", "OPEN API 신청", "LIST 파일", "IT 부서 AIoT"],
    "Hanja": ["甲은 乙에게 지급한다", "2024年 5月 7日", "韓國銀行 금리", "第1條 目的"],
    "page number": ["- 1 -", "- 12 -", "- 7 -"],
    "bullets of dashes": [f"- {WORDS[n]} {WORDS[n + 1]}" for n in range(5)],
}
LEADERS = ["·", "·  ", ".", ". ", "…", "-", "- "]
CONTENTS = [(f"{n}. {WORDS[n]} {WORDS[n + 1]}", str(page)) for n, page in ((1, 3), (2, 12), (3, 27), (4, 103), (5, 8))]
ACCOUNTS = [("이자수익", "-", "1,200"), ("잡손실", "-", "-"), ("임차료", "35,000", "-"), ("보험료", "-", "7"), ("합계", "0", "1,207")]
BOXED = ["홍길동", "서울특별시종로구", "12345678901", "20240507", "01098765432"]
BANDS = [  # ground, ink
    ("#ED7D31", "white"), ("#FFC000", "white"), ("#5B9BD5", "white"), ("#A9D18E", "white"), ("#DDEBF7", "#2F75B5"), ("#1F3864", "#D6DCE4"),
]  # fmt: skip
# What the .json says in words, written out.
SAID_IN_WORDS = {
    "rows_without_rules": "품목 수량 금액 | 사과 5kg 10개 35,000 | 배 7.5kg 12개 48,000 | 배송비 3,000 | 합계 22개 86,000",
    "two_columns_short_lines": "1. 다음 중 옳은 것은? | ① 전통 시장의 기원 | ② 전통 시장의 역할 | ③ 대형 상점의 장점 | ④ 물가 상승의 원인"
    " | ⑤ 지역 축제의 종류 | 2. 밑줄 친 말의 뜻은? | ① 잊으려고 | ② 어기려고 | ③ 이행하려고 | ④ 미루려고 | ⑤ 바꾸려고",
    "fork_after_loading": "child done",
    "vertical_only": "대한민국임시정부수립기념일을맞아 | 전국각지에서다양한행사가열렸다 | 시민들은태극기를들고거리로나와",
}
DECIMALS = ["이자율 연 3.25%", "체온 36.5도", "수수료 0.5%", "지수 -4.9%", "합계 1,234.50원"]
ROWS = [("품목", "수량", "금액"), ("사과 5kg", "10개", "35,000"), ("배 7.5kg", "12개", "48,000"), ("운임", "", "3,000")]
LABELS = [("성명", "홍길동"), ("주소", "서울시 종로구"), ("상호", "한빛문서"), ("업태", "도매업")]


class Sheet:
    """Paper on which texts are set at (x, y)."""

    def __init__(self, face, width=1200, height=700):
        self.font = ImageFont.truetype(face.path, SIZE_PX, index=face.index)
        self.image = Image.new("RGB", (width, height), "white")
        self.draw = ImageDraw.Draw(self.image)

    def text(self, x, y, text, spacing_em=0.0):
        for character in text if spacing_em else [text]:
            self.draw.text((x, y), character, fill="black", font=self.font)
            x += self.font.getlength(character) + spacing_em * SIZE_PX

    def box(self, left, top, width, height, text):
        self.draw.rectangle((left, top, left + width, top + height), outline="black", width=2)
        self.draw.text((left + width / 2, top + height / 2), text, fill="black", font=self.font, anchor="mm")

    def pixels(self, turns=0):
        return np.ascontiguousarray(np.rot90(np.asarray(self.image), turns))


def draw_stress(face):
    """Yields (kind, pixels, expected lines, whether the page is right or wrong as a whole)."""
    for kind, texts in LINES.items():
        sheet = Sheet(face)
        for row, text in enumerate(texts):
            sheet.text(60, 60 + 90 * row, text)
        yield kind, sheet.pixels(), texts, False
    for percent in (-12, -10, -5, 0):
        sheet = Sheet(face)
        for row, text in enumerate(DECIMALS):
            sheet.text(60, 60 + 90 * row, text, percent / 100 or 1e-9)
        yield f"decimals at {percent} %", sheet.pixels(), DECIMALS, False
    for count, xs in ((2, (60, 640)), (3, (60, 440, 820))):
        choices = [f"{mark} {word}" for mark, word in zip("①②③④⑤", WORDS, strict=False)] * count
        for kind, texts in (("choices", choices), ("word list", sorted(WORDS))):
            rows = min(len(texts) // count, 5)
            sheet = Sheet(face)
            for place, text in enumerate(texts[: rows * count]):
                sheet.text(xs[place // rows], 60 + 70 * (place % rows), text)
            yield f"{count} columns of short lines, {kind}", sheet.pixels(), texts[: rows * count], True
    sheet = Sheet(face)
    for y, row in enumerate(ROWS):
        for x, text in zip((60, 500, 900), row, strict=True):
            sheet.text(x, 60 + 80 * y, text)
    rows = [" ".join(filter(None, row)) for row in ROWS]
    yield "rows without rules", sheet.pixels(), rows, True
    yield "upside down", sheet.pixels(2), rows, True
    sheet = Sheet(face)
    for y, (label, value) in enumerate(LABELS):
        for x, text in ((60, label[0]), (180, label[1]), (320, value)):
            sheet.text(x, 60 + 90 * y, text)
    yield "spread labels", sheet.pixels(), [" ".join(pair) for pair in LABELS], False
    for kind, pitch in (("one character a box", 60), ("boxes that stand apart", 75)):
        sheet = Sheet(face)
        for y, text in enumerate(BOXED):
            for x, character in enumerate(text):
                sheet.box(60 + pitch * x, 60 + 120 * y, 60, 60, character)
        yield kind, sheet.pixels(), BOXED, False
    for leader in LEADERS:
        sheet = Sheet(face)
        for row, (title, page) in enumerate(CONTENTS):
            start, end = 80 + sheet.font.getlength(title), 1120 - sheet.font.getlength(page)
            sheet.text(60, 60 + 90 * row, title)
            sheet.text(start, 60 + 90 * row, leader * int((end - start) / sheet.font.getlength(leader)))
            sheet.text(end + 20, 60 + 90 * row, page)
        kind = f"contents, leaders of {leader.strip()}{' apart' * (leader[-1] == ' ')}"
        yield kind, sheet.pixels(), [" ".join(row) for row in CONTENTS], False
    sheet = Sheet(face)
    for y, row in enumerate(ACCOUNTS):
        for x, text in enumerate(row):
            sheet.box(60 + 300 * x, 60 + 70 * y, 300, 70, text)
    yield "dashes in cells", sheet.pixels(), [" ".join(row) for row in ACCOUNTS], False
    sheet, texts = Sheet(face), [" ".join(WORDS[n : n + 4]) for n in range(len(BANDS))]
    for row, ((ground, ink), text) in enumerate(zip(BANDS, texts, strict=True)):
        sheet.draw.rectangle((40, 40 + 100 * row, 1160, 110 + 100 * row), fill=ground)
        sheet.draw.text((60, 75 + 100 * row), text, fill=ink, font=sheet.font, anchor="lm")
    yield "bands of colour", sheet.pixels(), texts, False
    texts = [" ".join(WORDS[n : n + 5]) for n in range(6)]
    for number in (1, 4, 12):
        sheet = Sheet(face)
        for row, text in enumerate(texts):
            sheet.text(60, 40 + 80 * row, text)
        sheet.text(560, 640, f"- {number} -")
        yield "page number below print", sheet.pixels(), [f"- {number} -"], False
    sheet = Sheet(face)
    for y in range(5):
        for x in range(60, 1140, 10):
            sheet.draw.line((x, 50 + 100 * y, x + 5, 50 + 100 * y), fill="black", width=2)
        if y < 4:
            sheet.text(80, 80 + 100 * y, f"{WORDS[y]} {WORDS[y + 1]}")
    yield "dashed rules", sheet.pixels(), [f"{WORDS[y]} {WORDS[y + 1]}" for y in range(4)], True


def lines_of(text):
    """Without those that are empty; a leader of any length and kind of dot is one …"""
    return [re.sub(r"\s*[·‥…][\s·‥…]*", " … ", line).strip() for line in text.splitlines() if line.strip()]


def without_leaders(lines):
    return [line.replace(" … ", " ") for line in lines]


def is_expected(found, expected):
    """found: lines. expected: lines, with … for anything, within a line or in place of some."""
    pattern = "\n".join(re.sub(r"(\\ )?…(\\ )?", "(?s:.*)", re.escape(line.strip())) for line in expected)
    return re.fullmatch(pattern, "\n".join(found)) is not None


def run_case(path, recognizer=None):
    """A case's .json → (as expected?, lines read). The command runs in the case's folder."""
    case = json.loads(path.read_text(encoding="utf-8"))
    command = [sys.executable if word == "python" else word for word in shlex.split(case["command"])]
    if command[0] == "ocr-crnn":
        command[:1] = [sys.executable, "-m", "ocr_crnn"]
        command += ["--recognizer", str(Path(recognizer).resolve())] if recognizer else []
    done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, timeout=300)
    found = lines_of(done.stdout)
    return is_expected(found, SAID_IN_WORDS.get(path.stem, case["expected"]).split(" | ")), found or done.stderr.strip().splitlines()[-1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--detector", help="preset or folder; the shipped one by default")
    parser.add_argument("--recognizer", help="preset or folder; the shipped one by default")
    parser.add_argument("--kinds", nargs="*", default=[], help="of the stress set, by how they begin")
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--fonts", nargs="*", metavar="PATH", help="font files and folders; those of the system and fonts/ by default")
    parser.add_argument("--faces", type=int, default=3)
    parser.add_argument("--shown", action="store_true", help="print what was read where it is not as expected")
    args = parser.parse_args()
    console = Console(width=140)
    if args.folder:
        table = Table("case", "as expected", "read")
        results = {path.stem: run_case(path, args.recognizer) for path in sorted(args.folder.glob("*.json"))}
        for name, (right, found) in results.items():
            table.add_row(name, "yes" if right else "no", "" if right else " | ".join(found)[:300])
        console.print(table, f"{sum(right for right, _ in results.values())} of {len(results)} as expected")
    faces = choose_faces(fonts.find_fonts(args.fonts) if args.fonts else fonts.find_fonts() + fonts.find_fonts([SHIPPED]), args.faces)
    reader, right, total = DocumentReader.from_preset(args.detector, args.recognizer), Counter(), Counter()
    for face in faces:
        for kind, pixels, expected, whole in draw_stress(face):
            if args.kinds and not kind.startswith(tuple(args.kinds)):
                continue
            found, expected = (without_leaders(lines_of(text)) for text in (reader.read_page(pixels).text, "\n".join(expected)))
            total[kind] += 1 if whole else len(expected)
            hits = int(found == expected) if whole else sum((Counter(found) & Counter(expected)).values())
            right[kind] += hits
            if args.shown and hits < (1 if whole else len(expected)):
                console.print(f"{kind}, {face.family}: {' | '.join(found)}", markup=False)
    table = Table("stress", "right", "all")
    for kind in total:
        table.add_row(kind, str(right[kind]), str(total[kind]))
    console.print(f"{SIZE_PX} px, in {', '.join(face.family for face in faces)}", table)


if __name__ == "__main__":
    main()
