"""Tables of file,text → Pages."""

import pytest
from annotated import read, write_image
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.data.annotations.text_table import from_table, to_table


@pytest.fixture
def folder(tmp_path):
    for name in "ab":
        write_image(tmp_path / "lines" / f"{name}.png", (32, 100))
    return tmp_path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("head", ["", "file,text\n", "파일명,텍스트\n"])
def test_encodings_with_a_header_and_without(folder, encoding, head):
    (folder / "lines.csv").write_text(head + "lines/a.png,가나 다\nb.png,'24년\n", encoding=encoding)
    pages, findings = read(folder)
    assert [page.texts[0] for page in pages] == ["가나 다", "'24년"] and findings == {}
    assert pages[0].quads[0].tolist() == [[0, 0], [100, 0], [100, 32], [0, 32]] and pages[0].unit == "line"


def test_other_columns_and_delimiters(folder):
    (folder / "lines.tsv").write_text("text\tfont\timage\n가\t바탕\ta.png\n나\t\tb.png\n", encoding="utf-8")
    pages, _ = read(folder)
    assert [page.texts[0] for page in pages] == ["가", "나"] and pages[0].attributes[0] == {"font": "바탕"}


def test_what_is_wrong_with_rows(folder):
    rows = ["a.png,1,000원", "a.png,나", "b.png,", "c.png,다", "b.png"]
    (folder / "lines.csv").write_text("file,text\n" + "\n".join(rows), encoding="utf-8")
    (page,), findings = read(folder)
    assert page.texts[0] == "1,000원"
    assert findings == {"commas_unquoted": 1, "duplicate_image": 1, "empty_text": 1, "image_missing": 1, "labels_damaged": 1}


@given(st.text(st.sampled_from("'=+-@가a\t"), max_size=6))
def test_a_spreadsheet_runs_no_text_and_every_text_comes_back(text):
    cell = to_table(text)
    assert from_table(cell) == text and not cell.startswith(("=", "+", "-", "@", "\t"))
