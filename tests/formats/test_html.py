import numpy as np
import pytest
from browser import CHROMIUM, open_in_browser
from lxml import html

from ocr_crnn.formats.html import write_html
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page

needs_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def test_words_are_in_reading_order_and_uncertain_ones_marked(contract_page, page_image, tmp_path):
    write_html([(contract_page, page_image)], tmp_path / "page.html", title="<계약서>")
    document = html.fromstring((tmp_path / "page.html").read_text(encoding="utf-8"))
    words = document.xpath("//span[contains(@class, 'w')]")
    assert [word.text for word in words] == ["표준", "<계약서>", "「목적」", "①㎡ & 漢字"]
    assert [word.get("class") for word in words] == ["w", "w", "w low", "w"]
    assert document.xpath("//title")[0].text == "<계약서>"
    assert len(document.xpath("//polygon")) == 1
    assert all(not source.startswith("http") for source in document.xpath("//@src"))


def test_bytes_that_no_browser_shows_are_refused(contract_page, tmp_path):
    with pytest.raises(ValueError, match="JPEG, PNG or WebP"):
        write_html([(contract_page, b"II*\0 a TIFF")], tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def open_page(tmp_path):
    """`with open_page(page, image) as tab`: the viewer of a page in a browser."""

    def open_viewer(page, image):
        write_html([(page, image)], tmp_path / "page.html")
        return open_in_browser(tmp_path / "page.html", tmp_path / "profile")

    return open_viewer


def select_all(tab):
    tab.run("getSelection().selectAllChildren(document.querySelector('.text'))")


def turned_page(angle_deg):
    """Two lines of a paragraph and one below, turned about the middle of a page of 800 × 800."""
    quads = boxes_to_quads([[200, 300, 90, 40], [310, 298, 140, 44], [455, 300, 60, 40], [200, 350, 200, 40], [200, 450, 30, 40]])
    angle = np.radians(angle_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    texts = ["대금의", "지급기한은", "14일,", "상호합의한다.", "끝"]
    return Page(None, (800, 800), (quads - 400) @ turn + 400, texts, scores=[0.9] * 5, lines=[0, 0, 0, 1, 2], blocks=[0, 0, 0, 0, 1])


@pytest.mark.slow
@needs_a_browser
def test_what_is_selected_and_copied_is_the_text_with_its_spaces(open_page, contract_page, page_image):
    with open_page(contract_page, page_image) as tab:
        select_all(tab)
        assert tab.run("getSelection().toString()").strip() == contract_page.text
        assert tab.copied().strip() == contract_page.text == "표준 <계약서>\n「목적」\n\n①㎡ & 漢字"


@pytest.mark.slow
@needs_a_browser
@pytest.mark.parametrize("angle_deg", [0, -2, 90, 180])
def test_a_phrase_is_found_and_words_lie_on_their_places(open_page, angle_deg):
    page = turned_page(angle_deg)
    with open_page(page, np.full((800, 800), 255, np.uint8)) as tab:
        assert tab.run("window.find('대금의 지급기한은 14일')")  # what Ctrl-F does
        assert tab.run("getSelection().toString()") == "대금의 지급기한은 14일"
        select_all(tab)
        assert tab.copied().strip() == page.text
        corners = tab.run("""(() => {
            const page = document.querySelector('.page').getBoundingClientRect();
            return [...document.querySelectorAll('.w')].map(word => {
                const box = word.getBoundingClientRect(), scale = 800 / page.width;
                return [box.left - page.left, box.top - page.top, box.right - page.left, box.bottom - page.top].map(x => x * scale);
            });
        })()""")
    middles = np.array(corners).reshape(-1, 2, 2).mean(axis=1)
    np.testing.assert_allclose(middles, page.quads.mean(axis=1), atol=1.0)


@pytest.mark.slow
@needs_a_browser
def test_search_in_the_viewer_runs_over_words_and_lines(open_page, contract_page, page_image):
    with open_page(contract_page, page_image) as tab:
        found = """(query => { find.value = query; search();
            return [hits.length, document.querySelectorAll('.hit').length, state.textContent]; })"""
        assert tab.run(f"{found}('준<계약')") == [1, 2, "1/1"]
        assert tab.run(f"{found}('계약서> 「목적」')") == [1, 2, "1/1"]
        width, left = tab.run("""(() => { search(); const page = document.querySelector('.page').getBoundingClientRect(),
            word = document.querySelector('.w').getBoundingClientRect();
            return [word.width / page.width * 800, (word.left - page.left) / page.width * 800]; })()""")
    assert abs(width - 300) <= 1 and abs(left - 100) <= 1  # the word fills its quad


@pytest.mark.slow
@needs_a_browser
def test_tables_are_neither_found_nor_shown_until_their_box_is_ticked(open_page, tables_page, page_image):
    with open_page(tables_page, page_image[:300, :400]) as tab:
        assert not tab.run("""window.find("'=1+1")""")  # as it stands in the table, not on the page
        shown = "[...document.querySelectorAll('.tables table')].map(table => table.getBoundingClientRect().height > 0)"
        assert tab.run(shown) == [False]
        tab.run("document.querySelector('.tables input').click()")
        assert tab.run(shown) == [True] and tab.run("""window.find("'=1+1")""")
        tab.run("getSelection().selectAllChildren(document.querySelector('.tables table'))")
        assert tab.copied().strip() == "품목\t금액\n책상과 의자\t-1,500\t'=1+1\n합계\t007"
