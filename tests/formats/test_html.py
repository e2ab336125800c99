import shutil
import subprocess

import pytest
from lxml import html

from ocr_crnn.formats.html import write_html

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


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


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_search_and_geometry_in_a_browser(contract_page, page_image, tmp_path):
    write_html([(contract_page, page_image)], tmp_path / "page.html")
    probe = """<script>window.addEventListener('load', () => {
      find.value = '준<계약'; search();
      const hit = document.querySelector('.hit').getBoundingClientRect(), page = document.querySelector('.page').getBoundingClientRect();
      document.title = [hits.length, document.querySelectorAll('.hit').length, state.textContent,
        Math.round(hit.width / page.width * 800), Math.round((hit.left - page.left) / page.width * 800)].join(' ');
    });</script></body>"""
    text = (tmp_path / "page.html").read_text(encoding="utf-8").replace("</body>", probe)
    (tmp_path / "probe.html").write_text(text, encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--dump-dom"]
    arguments = [CHROMIUM, *flags, f"--user-data-dir={tmp_path / 'profile'}", (tmp_path / "probe.html").as_uri()]
    shown = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=True).stdout
    hits, marked, state, width, left = html.fromstring(shown).xpath("//title")[0].text.split()
    assert (hits, marked, state) == ("1", "2", "1/1")  # one match that runs over two words
    assert abs(int(width) - 300) <= 3 and abs(int(left) - 100) <= 1  # the word fills its quad
