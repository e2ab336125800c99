import pickle
from fractions import Fraction
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.training.weak_pages import LabelFiles, PagesByTurns, WeakPages
from ocr_crnn.untrusted.plain import DamagedFileError


def characters(count, score=0.5):
    return Characters(np.arange(count * 8).reshape(count, 4, 2), None if score is None else np.full(count, score))


def no_targets(page):
    return np.zeros(1)


@pytest.fixture
def files(tmp_path):
    return LabelFiles(str(tmp_path), 8)


def test_labels_come_back_as_they_were(files):
    files.write(2, {7: [characters(2), None], 1: [], 4: [characters(0), characters(3, None)]})
    read = files.read(23)
    assert sorted(read) == [1, 4, 7] and len(read[1]) == 0 and read[7][1] is None and len(read[4][0]) == 0
    assert np.array_equal(read[7][0].quads, characters(2).quads) and read[7][0].scores.tolist() == [0.5, 0.5]
    assert read[4][1].scores is None
    files.write(2, {})
    assert files.read(16) == {}
    with pytest.raises(FileNotFoundError, match="labels_000003.npz, which is not there"):
        files.read(24)


def test_damaged_labels_are_refused(files):
    files.path(0).write_bytes(b"PK no")
    with pytest.raises(DamagedFileError):
        files.read(0)
    for wrong in ({"rows": [3]}, {"counts": [4]}, {"scores": np.zeros(1, np.float32)}):
        arrays = {"pages": [0], "rows": [1], "counts": [2], "quads": np.zeros((2, 4, 2), np.float32), "scores": np.zeros(2, np.float32)}
        np.savez(files.path(1), **{**arrays, **wrong})
        with pytest.raises(DamagedFileError, match="which is damaged"):
            files.read(8)


def test_crops_have_the_labels_of_their_interval_as_segments(files, tmp_path):
    cv2.imwrite(str(tmp_path / "page.png"), np.full((200, 300, 3), 255, np.uint8))
    quads = boxes_to_quads([(100, 90, 40, 20), (145, 90, 20, 20), (0, 0, 9, 9)])
    quads[2] = np.nan
    page = Page(str(tmp_path / "page.png"), (200, 300), quads, ["가나", "다", "라"])
    first, second = Characters(boxes_to_quads([(100, 90, 20, 20), (120, 90, 20, 20)]), [1, 1]), Characters(quads[1:2], [0.5])
    files.write(0, {0: [first, second, None]})
    weak = pickle.loads(pickle.dumps(WeakPages(0, (page,), no_targets, 200, 1.0, side_px=320, crops_per_page=2, labels=files)))
    assert weak.chosen(3) == 0
    for _, crop in weak.draw_crops(3):
        assert list(crop.texts) == ["가나 다"]
        (found,) = crop.characters
        assert found.scores.tolist() == [1, 1, 0.5, 0.5]
        middles = found.quads.mean(axis=1)[[0, 3]]
        along = (crop.quads[0, 1] - crop.quads[0, 0]) / 65
        assert np.allclose(middles[1] - middles[0], 45 * along, atol=0.2)
    with pytest.raises(FileNotFoundError):
        weak.draw_crops(8)
    files.write(0, {0: [first, second]})
    with pytest.raises(ValueError, match="pages that a run began with. Received: other ones in the place of .*page.png"):
        weak.draw_crops(3)
    words = WeakPages(0, (page,), no_targets, 200, 1.0, side_px=320, crops_per_page=1, granularity=lambda page: page)
    assert list(words.draw_crops(8)[0][1].texts) == ["가나", "다"]


@pytest.mark.parametrize(("weak", "rendered"), [(1, 5), (5, 1), (2, 3), (1, 1)])
def test_of_the_pages_in_a_row_exactly_the_share_is_weak(weak, rendered):
    sources = [SimpleNamespace(seed=0, draw_crops=lambda number, name=name: name) for name in ("weak", "rendered")]
    mixed = PagesByTurns(*sources, Fraction(weak, weak + rendered))
    drawn = [mixed.draw_crops(number) for number in range(5 * (weak + rendered))]
    for start in range(len(drawn) - weak - rendered):
        assert drawn[start : start + weak + rendered].count("weak") == weak
