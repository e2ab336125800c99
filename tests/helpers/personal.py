"""A drawn form with numbers of nobody, the Page of it, a reader that knows it, and what finds those numbers in files."""

import io
import re
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr_crnn.page import Characters, Page

FONT = Path(__file__).parents[2] / "fonts" / "NanumBarunGothic.ttf"
SIZE = (860, 1240)  # (height, width)
ROWS = [
    ("성명", "홍길동"),
    ("주민등록번호", "900101-1237649"),
    ("외국인등록번호", "851231-5948273"),
    ("카드번호", "4716-2938-5640-1823"),
    ("입금계좌", "국민은행 283746-59-182736"),
    ("여권번호", "M83729465"),
    ("운전면허번호", "11-92-738465-29"),
    ("연락처", "010-7283-9465"),
    ("법인등록번호", "130111-0006246"),
]
SECRETS = ("9001011237649", "8512315948273", "4716293856401823", "28374659182736", "83729465", "119273846529", "01072839465")
KINDS = ("rrn", "foreigner", "passport", "licence", "card", "account", "phone")
_BETWEEN = r"[\s\-–.,·_/:]{0,2}"
PARTS = re.compile("|".join(sorted({_BETWEEN.join(secret[i : i + 7]) for secret in SECRETS for i in range(len(secret) - 6)})))


def leaks(text):
    """Seven digits in a row of one of SECRETS, whatever parts them."""
    return [match[0] for match in PARTS.finditer(text)]


@lru_cache
def drawn_form():
    """(uint8 `(height, width, 3)`, Page) of ROWS: a cell for the label, one for what is said of it."""
    image = Image.new("RGB", SIZE[::-1], "white")
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(str(FONT), 38)
    texts, quads, characters, numbers = [], [], [], []
    for number, row in enumerate(ROWS):
        y = 30 + 90 * number
        for column, (x, text) in enumerate(zip((60, 460), row, strict=True)):
            draw.rectangle((x, y, x + (400 if column == 0 else 720), y + 90), outline="black", width=2)
            draw.text((x + 30, y + 24), text, font=font, fill="black")
            for start, word in _words(text):
                left = x + 30 + font.getlength(text[:start])
                pens = [left + font.getlength(word[:i]) for i in range(len(word) + 1)]
                boxes = [[[a, y + 26], [b, y + 26], [b, y + 62], [a, y + 62]] for a, b in zip(pens, pens[1:], strict=False)]
                texts.append(word)
                characters.append(Characters(boxes, [0.9] * len(word)))
                quads.append([boxes[0][0], boxes[-1][1], boxes[-1][2], boxes[0][3]])
                numbers.append(2 * number + column)
    page = Page(None, SIZE, quads, texts, scores=[0.95] * len(texts), lines=numbers, blocks=numbers, characters=characters)
    return np.asarray(image), page


def _words(text):
    return [(match.start(), match[0]) for match in re.finditer(r"\S+", text)]


class FormReader:
    """Reads every page as the drawn form, in whatever size it comes; a page whose last pixel is grey is more than it can bear."""

    def read_pages(self, images):
        return [self.read_page(image) for image in images]

    def read_page(self, pixels):
        if 90 < int(pixels[-1, -1, 0]) < 110:
            raise RuntimeError(f"no page of {SECRETS[0]}")
        _, page = drawn_form()
        scale = np.array([pixels.shape[1] / SIZE[1], pixels.shape[0] / SIZE[0]], np.float32)
        characters = [Characters(row.quads * scale, row.scores) for row in page.characters]
        records = {"entities": [{"text": "900101-1237649", "value": 9001011237649, "words": [2], "quads": []}]}
        attributes = [{"alternatives": ["900101-1237649", "90O101 1237649"]} if row == 2 else {} for row in range(len(page))]
        return Page(
            None, pixels.shape[:2], page.quads * scale, page.texts, page.scores, page.lines, page.blocks, characters=characters,
            records=records, attributes=attributes,
        )  # fmt: skip


def form_file(kind, **options):
    stream = io.BytesIO()
    Image.fromarray(drawn_form()[0]).save(stream, kind, **options)
    return stream.getvalue()
