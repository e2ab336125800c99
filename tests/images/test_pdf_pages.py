from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pikepdf
import pytest
from PIL import Image

from ocr_crnn.images import UnreadableError, page_count, pdf_pages, read_images
from tests.helpers.pictures import one


def make_pdf(path, sizes, **options):
    with pikepdf.new() as document:
        for size in sizes:
            document.add_blank_page(page_size=size)
        document.save(path, **options)
    return path


def test_pdf_pages_are_rendered_at_the_dpi(tmp_path):
    path = make_pdf(tmp_path / "문서.pdf", [(72, 144), (144, 72)])
    pages = list(read_images(path, dpi=100))
    assert [page.pixels.shape for page in pages] == [(200, 100, 3), (100, 200, 3)]
    assert (pages[0].pixels == 255).all() and page_count(path) == 2
    (second,) = read_images(path.read_bytes(), dpi=50, pages=[1])
    assert second.pixels.shape == (50, 100, 3) and second.index == 1


def test_encrypted_pdf_says_so_and_opens_with_its_password(tmp_path):
    path = make_pdf(tmp_path / "secret.pdf", [(72, 72)], encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(UnreadableError, match="encrypted.*password"):
        list(read_images(path))
    assert one(path, password="b", dpi=72).shape == (72, 72, 3)


def test_four_threads_read_pdfs(tmp_path):
    """PDFium is not made for threads: without a lock this ends the process, at times."""
    for number in range(4):
        pages = [Image.new("L", (60, 40), 40 * number + page) for page in range(3)]
        pages[0].save(tmp_path / f"{number}.pdf", save_all=True, append_images=pages[1:], resolution=72)

    def read(task):
        path = tmp_path / f"{task % 4}.pdf"
        assert page_count(path) == 3
        return [int(page.pixels[20, 30, 0]) for page in read_images(path, dpi=72)]

    with ThreadPoolExecutor(4) as threads:
        for task, tones in enumerate(threads.map(read, range(60))):
            assert np.abs(np.subtract(tones, [40 * (task % 4) + page for page in range(3)])).max() <= 2


def test_too_large_a_page_is_refused_before_it_is_rendered(monkeypatch, tmp_path):
    monkeypatch.setattr(pdf_pages, "MAX_PIXELS", 500)
    with pytest.raises(UnreadableError, match="Lower the dpi"):
        list(read_images(make_pdf(tmp_path / "a.pdf", [(72, 72)]), dpi=72))
