"""PAGE XML of several years → Pages."""

import numpy as np
from annotated import BOX, read, write_image

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/{}">{}</PcGts>'
PAGE = '<Page imageFilename="{}" imageWidth="200" imageHeight="80">{}</Page>'
COORDS = '<Coords points="10,10 90,10 90,30 10,30"/>'
LOWER = '<Coords points="10,50 90,50 90,70 10,70"/>'


def line(coords, text, more=""):
    return f"<TextLine>{coords}{more}<TextEquiv><Unicode>{text}</Unicode></TextEquiv></TextLine>"


def write(folder, inside, year="2019-07-15", image="page.png", name="page.xml"):
    write_image(folder / "page.png")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(HEAD.format(year, PAGE.format(image, inside)), encoding="utf-8")
    return folder


def test_lines_in_reading_order(tmp_path):
    order = '<ReadingOrder><OrderedGroup id="g"><RegionRefIndexed index="1" regionRef="a"/><RegionRefIndexed index="0" regionRef="b"/>'
    order += "</OrderedGroup></ReadingOrder>"
    first = f'<TextRegion id="a">{LOWER}{line(COORDS, "둘째")}</TextRegion>'
    second = f'<TextRegion id="b">{LOWER}{line(LOWER, "첫째")}</TextRegion>'
    (page,), findings = read(write(tmp_path, order + first + second, "2013-07-15"))
    assert list(page.texts) == ["첫째", "둘째"] and page.unit == "line" and findings == {}
    assert list(page.blocks) == [0, 1] and list(page.lines) == [0, 1]
    np.testing.assert_allclose(page.quads[1], BOX)


def test_words_with_confidence_and_the_first_of_several_readings(tmp_path):
    readings = '<TextEquiv index="1"><Unicode>x</Unicode></TextEquiv><TextEquiv index="0" conf="0.5"><Unicode>가</Unicode></TextEquiv>'
    word = f"<Word>{COORDS}{readings}</Word>"
    (page,), _ = read(write(tmp_path, f'<TextRegion id="a">{LOWER}{line(COORDS, "가", word)}</TextRegion>'))
    assert list(page.texts) == ["가"] and page.unit == "word" and page.scores[0] == 0.5


def test_a_baseline_tells_the_direction(tmp_path):
    turned = line(COORDS, "가", '<Baseline points="90,10 10,10"/>')
    (page,), _ = read(write(tmp_path, f'<TextRegion id="a">{LOWER}{turned}</TextRegion>'))
    np.testing.assert_allclose(page.quads[0], BOX[[2, 3, 0, 1]])


def test_points_as_elements_and_a_region_without_lines(tmp_path):
    points = "".join(f'<Point x="{x}" y="{y}"/>' for x, y in BOX.astype(int))
    region = f'<TextRegion id="a"><Coords>{points}</Coords><TextEquiv><Unicode>가</Unicode></TextEquiv></TextRegion>'
    (page,), _ = read(write(tmp_path, region, "2010-03-19"))
    np.testing.assert_allclose(page.quads[0], BOX)
    assert page.unit == "block"


def test_images_above_the_folder_of_the_xml(tmp_path):
    folder = write(tmp_path, f'<TextRegion id="a">{LOWER}{line(COORDS, "가")}</TextRegion>', name="page/0001.xml")
    (page,), findings = read(folder)
    assert page.image_path == str(tmp_path / "page.png") and findings == {}


def test_damage_is_told(tmp_path):
    write(tmp_path, "")
    for name, text in (("a", "<PcGts><Page/></PcGts>"), ("b", "<PcGts>"), ("c", '<!DOCTYPE PcGts [<!ENTITY e "x">]><PcGts>&e;</PcGts>')):
        (tmp_path / f"{name}.xml").write_text(text, encoding="utf-8")
    (page,), findings = read(tmp_path)
    assert len(page) == 0 and findings == {"labels_damaged": 3, "page_without_text": 1}
