"""Plots draw without a warning about missing glyphs, and show what they were given."""

import warnings
from collections import Counter

import matplotlib
import numpy as np
import pytest
from matplotlib import font_manager, pyplot

from ocr_crnn.evaluation import plots
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page

HARD_TEXT = "제1조(목적) 韓國 ①㈜㎡ ₩1,000 −5 $a_b$ \U000f0000"


@pytest.fixture(autouse=True)
def strict_figures():
    """The default fonts, no display, warnings as errors, no figure left open."""
    backend = matplotlib.get_backend()
    pyplot.switch_backend("Agg")
    with warnings.catch_warnings(), matplotlib.rc_context():
        warnings.simplefilter("error")
        yield
    pyplot.close("all")
    pyplot.switch_backend(backend)


@pytest.fixture
def korean_font():
    try:
        return plots.use_korean_font()
    except FileNotFoundError:
        pytest.skip("no Korean font on this machine")


def draw(axes_or_figure):
    figure = axes_or_figure if isinstance(axes_or_figure, pyplot.Figure) else axes_or_figure.figure
    figure.canvas.draw()
    return figure


def test_hangul_is_drawn(korean_font):
    figure = pyplot.figure()
    figure.text(0, 0, "가각힣 뷁 ㄱㅏ 제1조")
    with warnings.catch_warnings(record=True) as missing:
        warnings.simplefilter("always")
        draw(figure)
    assert not [warning for warning in missing if "missing from" in str(warning.message)]


def test_without_any_korean_font(tmp_path, monkeypatch):
    monkeypatch.setattr(plots, "INSTALLED_FONTS", ("No Such Font",))
    with pytest.raises(FileNotFoundError, match=r"Received: .*none\.ttf"):
        plots.use_korean_font(tmp_path / "none.ttf")


def test_an_installed_font_stands_in(tmp_path, monkeypatch):
    monkeypatch.setattr(plots, "INSTALLED_FONTS", ("No Such Font", "DejaVu Sans"))
    assert plots.use_korean_font(tmp_path / "none.ttf") == "DejaVu Sans"


def test_a_font_file_is_used_by_its_path():
    assert plots.use_korean_font(font_manager.findfont("DejaVu Serif")) == "DejaVu Serif"
    assert plots.displayed("a가") == "a‹U+AC00›"


def test_what_cannot_be_drawn_is_named(korean_font):
    assert plots.displayed("가 나") == "가 나"
    assert plots.displayed(" ") == "␣"
    assert plots.displayed("가\U000f0000") == "가‹U+F0000›"


def test_the_default_font_is_looked_at_too():
    """Before `use_korean_font` the family is the generic "sans-serif"."""
    pyplot.rcParams["font.family"] = ["sans-serif"]
    pyplot.rcParams["font.sans-serif"] = ["DejaVu Sans"]
    assert plots.displayed("a가") == "a‹U+AC00›"


def test_samples(korean_font):
    images = [np.zeros((32, 100), np.uint8), np.full((32, 50, 1), 300.0), np.zeros((32, 20, 3), np.uint8)]
    figure = draw(plots.plot_samples(images, [HARD_TEXT, "가나", ""], [HARD_TEXT, "가다", None]))
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert [title.rpartition(" ")[2] for title in titles[:3]] == ["0", "1", "0"]
    assert "GT 가나\nRT 가다" in titles[1]
    assert titles[3] == ""
    draw(plots.plot_samples([], [], []))


def test_confusions(korean_font):
    axes = plots.plot_confusions(Counter({("0", "O"): 5, (" ", ""): 3, ("", "\u200b"): 1, ("_", "$"): 1}))
    draw(axes)
    assert [label.get_text() for label in axes.get_yticklabels()][:2] == ["0", "␣"]
    assert {text.get_text() for text in axes.texts} == {"5", "3", "1"}
    assert axes.get_title() == "10 errors, 4 different"
    draw(plots.plot_confusions(Counter()))
    many = Counter({(chr(0xAC00 + i), chr(0xAC01 + i)): i + 1 for i in range(100)})
    assert len(plots.plot_confusions(many, count=10).texts) == 10


def test_cer_by_length():
    axes = plots.plot_cer_by_length([("가나", "가나"), ("가" * 10, "가" * 9), ("가" * 12, "가" * 12)])
    draw(axes)
    assert [bar.get_height() for bar in axes.patches] == pytest.approx([0, 1 / 22])
    assert [text.get_text() for text in axes.texts] == ["1", "2"]


def test_curves_of_a_run(tmp_path):
    (tmp_path / "log.csv").write_text("loss,iteration,epoch,batch,time\n4.0,0,0,0,1.0\n2.0,1,0,1,2.0\n")
    (tmp_path / "history.csv").write_text("epoch,loss,val_loss,time\n0,3.0,4.0,10.0\n1,2.0,3.5,10.0\n")
    (curve, mean) = draw(plots.plot_log(tmp_path, window=2)).axes[0].lines
    assert list(curve.get_ydata()) == [4, 2]
    assert list(mean.get_ydata()) == [4, 3]
    (panel,) = plots.plot_history(tmp_path / "history.csv")
    draw(panel)
    assert {line.get_label(): list(line.get_ydata()) for line in panel.lines} == {"loss": [3, 2], "val_loss": [4, 3.5]}
    with pytest.raises(FileNotFoundError, match="log.csv"):
        plots.plot_log(tmp_path / "no_run")


def test_page(korean_font):
    boxes = [[0, 0, 40, 10], [50, 0, 20, 10], [0, 30, 30, 10]]
    truth = Page(None, (50, 80), boxes_to_quads(boxes), ["가나다라", "마바", None])
    prediction = Page(None, (50, 80), boxes_to_quads([boxes[0], [60, 30, 10, 10]]), [HARD_TEXT, None])
    axes = plots.plot_page(np.zeros((50, 80, 3), np.uint8), prediction, truth, texts=True)
    draw(axes)
    assert {collection.get_label() for collection in axes.collections} == {"found 1", "missed 1", "false 1", "don't care 1"}
    assert [c.get_label() for c in plots.plot_page(np.zeros((50, 80), np.uint8), truth=truth).collections] == ["truth 2", "don't care 1"]
    draw(plots.plot_page(np.zeros((50, 80), np.uint8), truth.take([])))


def test_each_step_shows_where_it_looks(korean_font):
    image = np.full((32, 64), 200, np.uint8)
    looks = np.zeros((2, 8, 4))  # columns of 8 px, rows of 8 px
    looks[1, 5, 0] = 0.7
    figure = draw(plots.plot_steps(image, looks, ["계 0.99", "\U000f0000 0.50"]))
    assert [panel.get_title() for panel in figure.axes] == ["계 0.99", "‹U+F0000› 0.50"]
    line, look = figure.axes[1].images
    assert line.get_extent() == look.get_extent() == [0, 64, 32, 0]
    np.testing.assert_array_equal(np.argwhere(look.get_array()), [[0, 5]])  # row, column
