"""What stages have found, as the HTML viewer shows it."""

import re
from dataclasses import replace

import pytest
from lxml import html

from ocr_crnn.formats.found import describe_words, outline_found
from ocr_crnn.formats.html import write_html

QUAD = [[1, 2], [9, 2], [9, 5], [1, 5]]
RECORDS = {
    "entities": [
        {"type": "DATE", "value": "2025-02-24", "words": [0, 1], "quads": [QUAD, QUAD]},
        {"type": "<b>", "words": [3], "value": None},
    ],
    "tables": [{"quad": QUAD}],
    "fields": [{"field": "start", "words": [0], "quad": QUAD}, {"field": "end", "words": [], "quad": None}],
    "pairs": [{"label": [0], "value": [3]}, {"label": [], "value": [3]}],
}


def test_outlines_and_descriptions(contract_page):
    page = replace(contract_page, records=RECORDS)
    assert describe_words(page) == ["DATE 2025-02-24, field start", "DATE 2025-02-24", "", "<b>, value of 표준", ""]
    svg = outline_found(page)
    assert re.findall(r'class="(\w+)"', svg) == ["found", "table", "field", "DATE", "DATE", "pair"]
    assert 'points="1.0,2.0 9.0,2.0 9.0,5.0 1.0,5.0"' in svg
    middles = page.quads[[0, 3]].mean(axis=1)
    assert f'points="{middles[0][0]:.1f},{middles[0][1]:.1f} {middles[1][0]:.1f},{middles[1][1]:.1f}"' in svg


def test_the_viewer_shows_them(contract_page, page_image, tmp_path):
    write_html([(replace(contract_page, records=RECORDS), page_image)], tmp_path / "page.html")
    document = html.fromstring((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert len(document.xpath("//*[@class='found']/polygon")) == 4 and len(document.xpath("//*[@class='found']/polyline")) == 1
    titles = [word.get("title") for word in document.xpath("//span[contains(@class, 'w')]")]
    assert titles[:2] == ["0.91 DATE 2025-02-24, field start", "0.80 DATE 2025-02-24"]


@pytest.mark.parametrize("records", [{}, {"entities": [{}], "tables": [{}], "fields": [{}], "pairs": [{}, {"label": "a", "value": [0]}]}])
def test_records_without_their_places_show_nothing(contract_page, records):
    page = replace(contract_page, records=records)
    assert outline_found(page) == "" and describe_words(page) == [""] * 5
