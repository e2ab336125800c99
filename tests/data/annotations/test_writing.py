"""What is written comes back: quads to the format's tolerance, texts, units; what a format cannot hold is counted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from annotated import SIZE, read, two_words, write_image
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ocr_crnn.data.annotations.writing import OF_LINES, TARGETS, Writer
from ocr_crnn.data.samples import read_image
from ocr_crnn.data.validation import ValidationReport
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page

OF_PAGES = [name for name in TARGETS if name not in OF_LINES]
HAS_UNIT = ("labelstudio", "pagexml", "cocotext", "labelme", "pages")
TOLERANCE_PX = {"labelstudio": 0.55, "pagexml": 0.51, "paddleocr": 0.06, "cocotext": 0.06, "labelme": 0.06, "pages": 0.06}


def write(folder, format, *pages, **options):
    """(the Writer, counts of findings)"""
    folder.mkdir()
    report = ValidationReport()
    with Writer(folder, format, report, **options) as writer:
        for page in pages:
            writer.add(page)
    return writer, dict(report.counts)


@pytest.mark.parametrize("format", OF_PAGES)
def test_pages_come_back(tmp_path, format):
    page = two_words(write_image(tmp_path / "한글 이름.png"), "word" if format in HAS_UNIT else "line")
    other = replace(page, image_path=str(write_image(tmp_path / "sub" / "한글 이름.jpg")), texts=["나", None])
    writer, findings = write(tmp_path / "out", format, page, other)
    pages, told = read(tmp_path / "out")
    assert findings == {} and told == {} and writer.counts["texts"] == 4 and not writer.lost
    for back, truth in zip(sorted(pages, key=lambda page: page.texts[0], reverse=False), (page, other), strict=True):
        assert list(back.texts) == list(truth.texts) and back.unit == truth.unit and back.size == SIZE
        np.testing.assert_allclose(back.quads, truth.quads, atol=TOLERANCE_PX[format])
        assert Path(back.image_path).read_bytes() == Path(truth.image_path).read_bytes()


@pytest.mark.parametrize("format", OF_LINES)
def test_lines_come_back_and_pages_are_cut(tmp_path, format):
    image = write_image(tmp_path / "line.png", (32, 100))
    line = Page(str(image), (32, 100), boxes_to_quads([(0, 0, 100, 32)]), ["=가나 '다"], unit="line")
    page = two_words(write_image(tmp_path / "page.png"))
    page = replace(page, texts=["가나 다", None])
    writer, findings = write(tmp_path / "out", format, line, page)
    pages, told = read(tmp_path / "out")
    assert findings == {"text_left_out": 1} and told == {} and writer.counts == {"images": 2, "texts": 2, "cut": 1}
    assert sorted(page.texts[0] for page in pages) == ["=가나 '다", "가나 다"]
    cut = next(page for page in pages if page.texts[0] == "가나 다")
    pixels, expected = read_image(cut.image_path, gray=True)[..., 0], np.asarray(Image.open(page.image_path))[10:30, 10:90]
    assert np.abs(pixels.astype(int) - expected).max() <= 1


def quads_inside():
    """Rectangles turned by any angle that lie inside a page, and boxes."""
    turned = st.tuples(st.floats(30, 170), st.floats(30, 50), st.floats(3, 20), st.floats(3, 10), st.floats(-180, 180))

    def corners(values):
        x, y, width, height, angle = values
        along = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
        across = np.array([-along[1], along[0]])
        return np.array([x, y]) + np.array([i * width * along + j * height * across for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))])

    return turned.map(corners)


# Whatever is typed: no outer spaces, which readers take off, and nothing that only stands for "unreadable" or for a class.
TEXTS = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="*#"), min_size=1, max_size=8)


@pytest.mark.parametrize("format", OF_PAGES)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(quads_inside(), TEXTS), min_size=1, max_size=3, unique_by=lambda row: row[1]))
def test_any_rows_come_back(tmp_path_factory, format, rows):
    import unicodedata

    folder = tmp_path_factory.mktemp("pages")
    texts = [unicodedata.normalize("NFC", text) for _, text in rows]
    page = Page(str(write_image(folder / "a.png")), SIZE, [quad for quad, _ in rows], texts, unit="line")
    write(folder / "out", format, page)
    (back,), findings = read(folder / "out")
    assert list(back.texts) == texts and set(findings) <= {"stray_jamo", "box_outside"}
    for written, truth in zip(back.quads, page.quads, strict=True):
        # Where a format keeps no direction, text of more than 45 degrees may begin at another corner.
        distances = [np.abs(np.roll(written, turn, axis=0) - truth).max() for turn in range(4)]
        assert (distances[0] if format in ("labelstudio", "paddleocr", "pages") else min(distances)) <= TOLERANCE_PX[format] + 0.1


def test_what_a_format_cannot_hold_is_counted(tmp_path):
    page = two_words(write_image(tmp_path / "a.png"), "word")
    page = replace(page, scores=[0.5, 0.5], blocks=[0, 1], lines=[0, 1], attributes=[{"font": "x"}, {}], records={"tables": [{}]})
    lost = {format: dict(write(tmp_path / format, format, page)[0].lost) for format in ("pages", "pagexml", "paddleocr")}
    assert lost["pages"] == {} and lost["pagexml"] == {"attributes": 1, "records": 1}
    assert lost["paddleocr"] == {"attributes": 1, "records": 1, "scores": 2, "blocks": 2, "lines": 2, "that texts are words": 2}


def test_names_that_meet_and_names_that_break_lists(tmp_path):
    pages = [two_words(write_image(tmp_path / name)) for name in ("a.png", "A.jpg", "x/a.png", "tab\there.png")]
    write(tmp_path / "out", "paddleocr", *pages)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["A_2.jpg", "Label.txt", "a.png", "a_3.png", "tab_here.png"]
    assert len(read(tmp_path / "out")[0]) == 4


def test_images_that_are_gone_or_broken_are_findings(tmp_path):
    page = two_words(write_image(tmp_path / "a.png"))
    (tmp_path / "b.png").write_bytes(b"\x89PNG")
    broken, gone = replace(page, image_path=str(tmp_path / "b.png")), replace(page, image_path=str(tmp_path / "c.png"))
    for format in ("csv", "labelme"):
        writer, findings = write(tmp_path / format, format, page, broken, gone)
        assert findings == {"image_unreadable": 1, "image_missing": 1} and writer.counts["texts"] == 2


@pytest.mark.parametrize("format", OF_LINES)
def test_a_line_that_lies_beyond_its_image(tmp_path, format):
    page = two_words(write_image(tmp_path / "a.png"))
    far = [2 * np.hypot(*SIZE) + 1, 0]
    page = replace(page, quads=page.quads + np.array([0, 1])[:, None, None] * np.array([[0, 0], far, far, [0, 0]]))
    writer, findings = write(tmp_path / "out", format, page)
    assert findings == {"beyond_image": 1} and writer.counts["texts"] == 1


def test_photographs_become_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    page = replace(two_words(write_image(tmp_path / "a.jpg", (200, 80), exif=exif)))
    writer, _ = write(tmp_path / "out", "labelme", page)
    (back,), findings = read(tmp_path / "out")
    assert findings == {} and writer.counts["turned upright"] == 1
    assert Image.open(back.image_path).size == SIZE[::-1] and back.image_path.endswith("a.png")


def test_links(tmp_path):
    image = write_image(tmp_path / "a.png")
    write(tmp_path / "out", "labelme", two_words(image), link=True)
    assert (tmp_path / "out" / "a.png").samefile(image)


def test_a_format_of_another_name(tmp_path):
    with pytest.raises(ValueError, match="Annotations are written as one of .*Received: 'yolo'"):
        Writer(tmp_path, "yolo", ValidationReport())


def test_what_is_no_text(tmp_path):
    page = replace(two_words(write_image(tmp_path / "a.png")), texts=["\ud800", "a\0"])
    for format in TARGETS:
        writer, _ = write(tmp_path / format, format, page)
        assert writer.lost["characters that are no text"] == 2
