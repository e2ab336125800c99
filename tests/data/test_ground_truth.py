"""read_ground_truth: which format it is, which images are meant, and the rules that hold for all of them."""

import os
import zipfile

import numpy as np
import pytest
from aihub_fixture import printed_set
from annotated import BOX, TURNED, read, rectangle, task, two_words, write_image, write_json
from PIL import Image

from ocr_crnn.data.aihub import WrongDataSetError
from ocr_crnn.data.annotations import looking
from ocr_crnn.data.annotations.looking import kind_of_json, look
from ocr_crnn.data.annotations.rows import Row, is_rotated, labelled_page
from ocr_crnn.data.annotations.source import Source
from ocr_crnn.data.ground_truth import read_ground_truth
from ocr_crnn.data.samples import read_page_image
from ocr_crnn.data.validation import KINDS, ValidationReport
from ocr_crnn.formats.page_json import write_page_json


def label(folder, name="a.png", text="가", points=BOX):
    (folder / "Label.txt").write_text(
        f'{name}\t[{{"transcription": "{text}", "points": {np.asarray(points).tolist()}}}]', encoding="utf-8"
    )
    return folder


def row_page(tmp_path, *rows, size=None):
    image = write_image(tmp_path / "a.png")
    source = Source(tmp_path, ValidationReport())
    return labelled_page(source, str(image), size, list(rows), "line", "here"), dict(source.report.counts)


def test_several_paths_and_aihub(tmp_path):
    printed_set(tmp_path / "set", ["가", "나"])
    write_image(tmp_path / "own" / "a.png")
    label(tmp_path / "own")
    truth = read_ground_truth([tmp_path / "set", tmp_path / "own"])
    assert len(truth) == 3 and truth.report.facts["images_used"] == 3
    assert len(read_ground_truth(tmp_path / "set", part="printed", kind="sentence")) == 2
    with pytest.raises(ValueError, match="Parts and kinds .*Received: part='printed'"):
        read_ground_truth(tmp_path / "own", part="printed")


def test_two_formats_in_one_folder(tmp_path):
    image = write_image(tmp_path / "a.png")
    label(tmp_path)
    write_page_json(two_words(image), tmp_path / "a.json")
    with pytest.raises(WrongDataSetError, match=r"one format at a time.*page JSON.*pages: a.json.*and PaddleOCR.*paddleocr: Label.txt"):
        read_ground_truth(tmp_path)
    assert len(read_ground_truth(tmp_path, "pages").pages[0]) == 2 and len(read_ground_truth(tmp_path / "Label.txt").pages[0]) == 1


def test_nothing_is_annotated(tmp_path):
    write_image(tmp_path / "a.png")
    with pytest.raises(WrongDataSetError, match="Received"):
        read_ground_truth(tmp_path)
    with pytest.raises(WrongDataSetError, match="Ground truth is PAGE XML. Received: .* 1 files"):
        read_ground_truth(tmp_path, "pagexml")
    with pytest.raises(WrongDataSetError, match="One's own annotations are Label Studio JSON .* ocr-crnn read --format labelstudio"):
        read_ground_truth(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_ground_truth(tmp_path / "absent")
    with pytest.raises(ValueError, match="A format is one of labelstudio"):
        read_ground_truth(tmp_path, "yolo")
    with pytest.raises(ValueError, match="Received: none"):
        read_ground_truth([])


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ([{"id": 1, "annotations": []}], "labelstudio"),
        ([{"id": 1, "ocr": "a.png", "bbox": [{"x": 1, "original_width": 5}]}], "labelstudio"),
        ({"data": {"ocr": "a"}, "predictions": []}, "labelstudio"),
        ({"version": "5", "shapes": []}, "labelme"),
        ({"anns": {"1": {"id": 1}}, "imgs": {}}, "cocotext"),
        ({"images": [{"id": 1, "file_name": "a"}], "annotations": [{"id": 1, "image_id": 1, "text": "가"}]}, "aihub"),
        ({"images": [{"id": 1, "file_name": "a"}], "annotations": [{"id": 1, "segmentation": [], "utf8_string": "가"}]}, "cocotext"),
        ({"Bbox": [{"data": "가"}]}, "aihub"),
        ({"something": 1}, None),
        ([1, 2], None),
    ],
)
def test_the_kind_of_a_json(tmp_path, record, kind):
    assert kind_of_json(write_json(tmp_path / "x.json", record)) == kind


def test_images_stay_in_the_folder_that_was_named(tmp_path):
    folder = tmp_path / "own"
    write_image(folder / "sub" / "a.png")
    outside = write_image(tmp_path / "b.png")
    for name, kind in (("../b.png", "image_outside"), (str(outside), "image_outside"), ("/etc/passwd.png", "image_missing")):
        assert read(label(folder, name)) == ([], {kind: 1})
    for name in ("/home/somebody/data/sub/a.png", "C:\\\\data\\\\a.png", "../own/sub/a.png", "A.PNG"):
        assert len(read(label(folder, name))[0]) == 1
    assert read(label(folder, "x\0.png"))[1] == {"image_missing": 1}


def test_images_that_lie_elsewhere(tmp_path):
    """Whatever the place is, where it is named; the very file comes before others of its name."""
    name = "../\uc2a4\uce94 \ubcf8/\u1100\u1161.png"
    (tmp_path / "own").mkdir()
    folder = label(tmp_path / "own", name)
    image = write_image(tmp_path / "\uc2a4\uce94 \ubcf8" / "\uac00.png")
    write_image(tmp_path / "\uc2a4\uce94 \ubcf8" / "old" / "\uac00.png")
    assert read(folder) == ([], {"image_outside": 1})
    for images in (image.parent, [image], str(tmp_path), [image.parent, tmp_path, folder.parent]):
        (page,) = read_ground_truth(folder, images=images)
        assert page.image_path == str(image)
    folder = label(tmp_path / "own", "C:/x/old/\uac00.png")
    (page,) = read_ground_truth(folder, images=image.parent)
    assert page.image_path == str(image.parent / "old" / "\uac00.png")
    for number in "12":
        write_image(tmp_path / number / "b.png")
    truth = read_ground_truth(label(tmp_path / "own", "b.png"), images=[tmp_path / "1", tmp_path / "2"])
    assert truth.report.counts == {"image_ambiguous": 1}
    with pytest.raises(FileNotFoundError):
        read_ground_truth(folder, images=tmp_path / "absent")
    with pytest.raises(ValueError, match="Images may lie elsewhere for annotations of one's own. Received: .* Leave the images out"):
        read_ground_truth(tmp_path / "1", images=tmp_path / "2")


def test_names_in_either_normal_form_and_from_a_zip(tmp_path):
    write_image(tmp_path / "a" / "가.png")
    label(tmp_path / "a", "\u1100\u1161.png")
    assert len(read(tmp_path / "a")[0]) == 1
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for path in (tmp_path / "a").iterdir():
            archive.write(path, f"x/{path.name}")
    (page,), findings = read(tmp_path / "a.zip")
    assert page.image_path.endswith("a.zip::x/가.png") and findings == {} and read_page_image(page).shape == (80, 200, 3)


def test_photographs_are_labelled_as_they_are_seen(tmp_path):
    """A camera that was turned: every tool shows the picture upright."""
    for orientation, size in ((6, (200, 80)), (3, (80, 200))):
        exif = Image.Exif()
        exif[0x0112] = orientation
        image = write_image(tmp_path / f"{orientation}.png", size[::-1] if orientation == 6 else size, exif=exif)
        source = Source(tmp_path, ValidationReport())
        page = labelled_page(source, str(image), size, [Row([(0, 0), (20, 10)], "가")], "line", "here")
        assert not source.report.counts and page.size == size
        pixels = read_page_image(page)
        assert pixels.shape[:2] == size
        stored = np.asarray(Image.open(image))
        assert page.turned and np.array_equal(pixels[..., 0], np.rot90(stored, -1 if orientation == 6 else 2))


def test_boxes_outside_without_area_twice_and_turned(tmp_path):
    far = [(300, 10), (320, 30)]
    over = [(180, 60), (220, 90)]
    page, findings = row_page(tmp_path, Row(over, "넘침"), Row(far, "밖"), Row(BOX, "가"), Row(BOX, "가"), Row([(5, 5), (5, 5)], "점"))
    assert findings == {"box_outside": 1, "empty_box": 2, "duplicate_row": 1} and list(page.texts) == ["넘침", "가"]
    assert page.quads[0].max(axis=0).tolist() == [200, 80]
    assert is_rotated(TURNED) and not is_rotated(BOX)


@pytest.mark.parametrize("points", [None, 3, [], [(1, 2)], [(1, "a")] * 4, [(np.nan, 1)] * 4, [(1e7, 1)] * 4, [(1, 2, 3)] * 4])
def test_points_that_are_none(tmp_path, points):
    page, findings = row_page(tmp_path, Row(points, "가"))
    assert findings == {"bad_box": 1, "page_without_text": 1} and len(page) == 0


def test_corners_begin_at_the_top_left_of_the_text(tmp_path):
    cases = {
        "as drawn, upside down": (Row(BOX[[2, 3, 0, 1]], "가나다"), BOX[[2, 3, 0, 1]]),
        "the other way round": (Row(BOX[::-1], "가나다"), BOX),
        "a word that would stand on its end": (Row(BOX[[3, 0, 1, 2]], "가나다"), BOX),
        "a format that says where it begins": (Row(BOX[[3, 0, 1, 2]], "가나다", as_drawn=True), BOX[[3, 0, 1, 2]]),
        "crossed": (Row(BOX[[0, 2, 1, 3]], "가나다"), BOX),
    }
    for name, (row, expected) in cases.items():
        np.testing.assert_allclose(row_page(tmp_path, row)[0].quads[0], expected, atol=1e-3, err_msg=name)


def test_a_size_that_is_not_the_images(tmp_path):
    page, findings = row_page(tmp_path, Row(BOX, "가"), size=(81, 200))
    assert page is None and findings == {"image_changed": 1}


def test_every_finding_has_its_meaning(tmp_path):
    write_image(tmp_path / "a.png")
    odd = {"id": 4, "annotations": [{"result": [1]}], "data": {"ocr": "a.png"}}
    write_json(tmp_path / "x.json", [task("a.png", rectangle("가")), 3, odd])
    _, findings = read(tmp_path)
    assert findings and set(findings) <= set(KINDS)


def test_json_that_breaks_off_is_used_up_to_there(tmp_path):
    write_image(tmp_path / "a.png")
    path = write_json(tmp_path / "x.json", [task("a.png", rectangle("가")), task("b.png", rectangle("나"))])
    path.write_text(path.read_text(encoding="utf-8")[:-200], encoding="utf-8")
    (page,), findings = read(tmp_path)
    assert page.texts[0] == "가" and findings == {"json_damaged": 1}


def test_few_files_of_many_are_looked_into(tmp_path, monkeypatch):
    """A set of AI Hub has one JSON an image; labelme too."""
    seen = []
    monkeypatch.setattr(looking, "kind_of_json", lambda path: seen.append(path) or kinds)
    for number in range(60):
        (tmp_path / f"{number}.json").write_text("{}")
    for kinds, count in (("aihub", 20), ("labelme", 20), (None, 20), ("labelstudio", 60)):
        seen.clear()
        found = look(Source(tmp_path, ValidationReport()))
        assert len(seen) == count and {len(files) for files in found.values()} <= {20, 60} and set(found) == {kinds} - {None}


def test_a_pipe_is_not_opened(tmp_path):
    write_image(tmp_path / "a.png")
    label(tmp_path)
    os.mkfifo(tmp_path / "b.json")
    assert read(tmp_path)[1] == {"no_file": 1} and set(look(Source(tmp_path, ValidationReport()))) == {"paddleocr"}
