"""`ocr-crnn render pages`: files on disk that can be read back, whoever rendered them."""

from pathlib import Path

import numpy as np
import pytest
from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image
from typer.testing import CliRunner

from ocr_crnn.cli import app
from ocr_crnn.commands.rendered_pages import write_pages
from ocr_crnn.formats.page_json import read_page_json
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.kinds import PAGE_KINDS
from ocr_crnn.synthesis.page.rendering import draw_page, render_page

FONTS = Path(__file__).parents[2] / "fonts"
CORPUS = ["본 계약은 서명한 날부터 효력이 있다.", "회의는 3월 2일에 열린다."]


def test_command(tmp_path):
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join(CORPUS), encoding="utf-8")
    command = ["render", "pages", "--count", "2", "--out", str(tmp_path / "pages"), "--corpus", str(corpus), "--fonts", str(FONTS)]
    result = CliRunner().invoke(app, [*command, "--dpi", "60", "--kind", "receipt", "--degradation", "scan"])
    assert result.exit_code == 0, result.output
    assert "2 pages in" in result.output
    for number in range(2):
        page = read_page_json(tmp_path / "pages" / f"{number:08d}.json")
        assert Image.open(page.image_path).size == page.size[::-1]
        assert len(page) > 3 and page.attributes[0]["degradation"] == "scan"
    assert len(list((tmp_path / "pages").iterdir())) == 4  # nothing temporary is left


@pytest.mark.parametrize("arguments", [["--kind", "novel"], ["--corpus", "nowhere"], ["--fonts", "nowhere"], ["--image-format", "gif"]])
def test_command_says_what_is_wrong(tmp_path, arguments):
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join(CORPUS), encoding="utf-8")
    command = ["render", "pages", "--count", "1", "--out", str(tmp_path / "pages"), "--corpus", str(corpus), "--fonts", str(FONTS)]
    result = CliRunner().invoke(app, [*command, *arguments])
    assert result.exit_code == 1 and "ocr-crnn: " in result.output


@pytest.fixture(scope="module")
def font_without_marks(tmp_path_factory):
    """A font of Hangul, letters and digits alone: no full stop, no hyphen, no circled number."""
    font = TTFont(FONTS / "NanumBarunGothic.ttf")
    subsetter = subset.Subsetter(subset.Options(notdef_outline=True, name_IDs=["*"]))
    subsetter.populate(text="".join(map(chr, range(0xAC00, 0xD7A4))) + " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    subsetter.subset(font)
    path = tmp_path_factory.mktemp("fonts") / "plain.ttf"
    font.save(path)
    return path


@pytest.mark.parametrize("kind", PAGE_KINDS)
def test_every_kind_of_page_in_a_font_that_lacks_marks(kind, font_without_marks):
    faces = load_faces([font_without_marks])
    for number in range(8):
        layout = draw_page(np.random.default_rng(number), faces, CORPUS, 50, kind)
        set_characters = {char for run in layout.texts for char in run.text}
        assert not set_characters & set("-=·.,()①") and all(run.text.strip() for run in layout.texts)
    image, page = render_page(layout)
    assert image.shape[:2] == page.size


def test_the_command_says_which_characters_the_font_lacks(tmp_path, font_without_marks):
    command = ["render", "pages", "--count", "4", "--dpi", "50", "--kind", "receipt", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, [*command, "--fonts", str(font_without_marks)])
    assert result.exit_code == 0, result.output
    assert "characters that no font covers were left out" in result.stderr


@pytest.mark.slow
def test_pages_do_not_depend_on_the_number_of_workers(tmp_path):
    faces = load_faces(find_fonts([FONTS]))
    for workers in (1, 2):
        done = list(write_pages(tmp_path / str(workers), 3, faces, CORPUS, seed=2, dpi=50, workers=workers, image_format="png"))
        assert len(done) == 3
    for path in (tmp_path / "1").glob("*"):
        other = tmp_path / "2" / path.name
        if path.suffix == ".png":
            assert np.array_equal(np.asarray(Image.open(path)), np.asarray(Image.open(other)))
        else:
            assert path.read_bytes() == other.read_bytes()
