import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image

from ocr_crnn.images import UnreadableError, page_count, pdf_pages, pictures, read_each, read_images, sources
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
    """PDFium is not made for threads: in one process and without a lock this ends it, at times."""
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
    monkeypatch.setattr(pictures, "MAX_PIXELS", 500)
    with pytest.raises(UnreadableError, match="lower the dpi"):
        list(read_images(make_pdf(tmp_path / "a.pdf", [(72, 72)]), dpi=72))


CLAIMS = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1000000>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj
trailer<</Root 1 0 R>>
"""


def test_a_million_claimed_pages_are_counted_and_soon_given_up(monkeypatch):
    """The document is opened once, and not once more for each page that is not there."""
    monkeypatch.setattr(sources, "MAX_FAILURES", 5)
    opened = []
    plain = pdf_pages.PdfDocument._open
    monkeypatch.setattr(pdf_pages.PdfDocument, "_open", lambda document: opened.append(1) or plain(document))
    assert page_count(CLAIMS) == 1_000_000 and len(opened) == 1
    pages = list(read_each(CLAIMS, dpi=72))
    assert len(opened) == 2 and pages[0][1].pixels.shape == (72, 72, 3)
    assert [index for index, _ in pages[1:]] == [1, 2, 3, 4, 5, 6]
    assert "page 2" in str(pages[1][1]) and "Repair" in str(pages[1][1])
    assert "5 pages in a row could not be read: the rest was not tried" in str(pages[-1][1])


def forms_in_forms(path, pages):
    """PDFs of 3 kB whose pages draw a square a million million times, before a plain page."""
    with pikepdf.new() as document:
        form = {"Type": Name.XObject, "Subtype": Name.Form, "BBox": Array([0, 0, 100, 100])}
        inner = document.make_stream(b"0 0 1 1 re f", **form)
        for _ in range(12):
            inner = document.make_stream(b"/F Do " * 10, **form, Resources=Dictionary(XObject=Dictionary(F=inner)))
        for _ in range(pages):
            page = document.add_blank_page(page_size=(100, 100))
            page.obj.Resources, page.obj.Contents = Dictionary(XObject=Dictionary(F=inner)), document.make_stream(b"/F Do")
        document.add_blank_page(page_size=(72, 72))
        document.save(path)
    return path


@pytest.fixture
def little_time(monkeypatch):
    monkeypatch.setattr(pdf_pages, "_idle", [])  # of others, which have more of it
    monkeypatch.setattr(pdf_pages, "SECONDS", 0)
    monkeypatch.setattr(pdf_pages, "MEMORY", 40_000_000)
    yield
    pdf_pages._end_all()


def test_a_page_beyond_all_bounds_ends_pdfium_and_nothing_else(tmp_path, little_time):
    (_, first), (_, second) = read_each(forms_in_forms(tmp_path / "a.pdf", 1), dpi=72)
    assert "page 1" in str(first) and "Lower the dpi" in str(first) and second.pixels.shape == (72, 72, 3)


def test_pages_that_end_pdfium_again_and_again_are_given_up(tmp_path, little_time, monkeypatch):
    monkeypatch.setattr(pdf_pages, "MAX_ENDED", 2)
    pages = list(read_each(forms_in_forms(tmp_path / "a.pdf", 4), dpi=72))
    assert [index for index, _ in pages] == [0, 1] and "the pages after it were not tried" in str(pages[1][1])


@pytest.mark.skipif(os.name != "posix", reason="names of other systems are Unicode")
def test_a_name_that_is_no_utf8(tmp_path):
    path = tmp_path / os.fsdecode("계약.pdf".encode("cp949"))
    assert one(make_pdf(path, [(72, 72)]), dpi=72).shape == (72, 72, 3) and page_count(path) == 1


def test_a_process_serves_one_document_after_the_other(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf_pages, "_idle", [])
    path = make_pdf(tmp_path / "a.pdf", [(72, 72)] * 2)
    next(read_images(path, dpi=72))  # the others are not asked for
    (process,) = pdf_pages._idle
    assert len(list(read_images(path.read_bytes(), dpi=72))) == 2 and pdf_pages._idle == [process]
    process._popen.kill()
    assert one(path, dpi=72, pages=[1]).shape == (72, 72, 3) and pdf_pages._idle[0] is not process
    pdf_pages._end_all()


def test_an_answer_that_was_not_waited_for_is_no_answer_to_the_next_question(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf_pages, "_idle", [])
    path = make_pdf(tmp_path / "a.pdf", [(72, 72), (72, 144)])
    with pdf_pages.open_pdf(path, "a") as document:
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(pdf_pages._Process, "read_strips", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            document.render(0, 72)
        assert document.render(1, 72).shape == (144, 72, 3)
    pdf_pages._end_all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_fork_renders_with_a_process_of_its_own(tmp_path):
    path = make_pdf(tmp_path / "a.pdf", [(72, 72)])
    one(path, dpi=72)

    def read():
        os._exit(0 if one(path, dpi=72).shape == (72, 72, 3) and pdf_pages._idle[-1].owner == os.getpid() else 1)

    child = multiprocessing.get_context("fork").Process(target=read)
    child.start()
    child.join(60)
    assert child.exitcode == 0 and one(path, dpi=72).shape == (72, 72, 3)
