import cv2
import numpy as np
import pytest

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recognition.codecs import CTCCodec, PermutedCodec
from ocr_crnn.training.unlabelled_lines import UnlabelledLines, iterate_batches, unlabelled_dataset, weak_view

CODEC = CTCCodec(Alphabet("가나"))


def frames(width):
    return (width // 4) * (width <= 300)


def write_lines(folder, widths=(40, 64, 80)):
    folder.mkdir()
    for number, width in enumerate(widths):
        image = np.random.default_rng(number).integers(0, 255, (48, width, 3), np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), image)
    return folder


class Labelled:
    seed, height, withheld, easy_groups = 0, 32, "", 0

    def __init__(self, codec=CODEC):
        self.codec = codec

    def draw_line(self, rng, easy=False):
        return rng.integers(0, 255, (32, int(rng.integers(20, 60))), np.uint8), "가나"


def test_what_is_no_line_is_left_out_counted_and_told(tmp_path):
    folder = write_lines(tmp_path / "lines")
    (folder / "0.txt").write_text("가나\n", encoding="utf-8")
    (folder / "1.txt").write_bytes(b"\xff\xfe\xff")  # no UTF-8
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nhalf")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "notes.doc").write_text("?")
    cv2.imwrite(str(folder / "wide.png"), np.zeros((32, 400), np.uint8))
    lines = UnlabelledLines([folder], CODEC, frames)
    assert len(lines) == 3 and lines.report.facts == {"unlabelled_lines": 3}
    assert lines.report.counts == {"image_unreadable": 2, "no_file": 1, "too_wide": 1}
    assert {str(where).rsplit("/", 1)[1] for _, where, _ in lines.report.rows} == {"broken.png", "empty.jpg", "notes.doc", "wide.png"}
    ((image, text),) = lines.known(9)
    assert text == "가나" and image.shape == (32, 27) and lines.draw_line(np.random.default_rng(0))[1] == ""


def test_lines_beyond_the_cache_are_read_again(tmp_path):
    folder = write_lines(tmp_path / "lines")
    held, again = UnlabelledLines([folder], CODEC, frames), UnlabelledLines([folder], CODEC, frames, cache_bytes=1000)
    np.testing.assert_array_equal(held.line(2), again.line(2))
    (folder / "2.png").unlink()
    with pytest.raises(OSError, match="stay as they are while they are learnt from"):
        again.line(2)


def test_a_folder_without_lines_is_refused(tmp_path):
    (tmp_path / "none").mkdir()
    with pytest.raises(ValueError, match="image of a line is learnt from without a label. Received: .*none, of which none of 0"):
        UnlabelledLines([tmp_path / "none"], CODEC, frames)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        UnlabelledLines([tmp_path / "nowhere"], CODEC, frames)


def test_the_weak_view_keeps_the_size_and_hardly_moves():
    image = np.full((32, 50), 200, np.uint8)
    image[10:20, 10:40] = 0
    view = weak_view(np.random.default_rng(0), image)
    assert view.shape == image.shape and (view[12:18, 12:38] == 0).all() and (view[:8] == 200).all()


def test_batch_n_is_the_same_whenever_it_is_asked_for(tmp_path):
    lines = UnlabelledLines([write_lines(tmp_path / "lines")], CODEC, frames)
    batches = iterate_batches(Labelled(), lines, 200, 2.0)
    several = [next(batches) for _ in range(19)]
    for first in (3, 17):
        inputs, labels = next(iterate_batches(Labelled(), lines, 200, 2.0, first=first))
        np.testing.assert_array_equal(labels, several[first][1])
        for name, value in inputs.items():
            np.testing.assert_array_equal(value, several[first][0][name])
    columns = sum(int(inputs["weak_width"].sum()) for inputs, _ in several[:16]) / sum(int(i["width"].sum()) for i, _ in several[:16])
    assert 1.7 < columns < 2.3
    assert all(len(inputs["weak_width"]) == len(inputs["strong_width"]) for inputs, _ in several)


def test_datasets_with_and_without_unlabelled_lines(tmp_path):
    lines = UnlabelledLines([write_lines(tmp_path / "lines")], CODEC, frames)
    inputs, _ = next(iter(unlabelled_dataset(Labelled(), lines, 200, 0)))
    assert set(inputs) == {"image", "width"}
    codec = PermutedCodec(CODEC.alphabet)
    inputs, _ = next(iter(unlabelled_dataset(Labelled(codec), lines, 200, 1.0, steps=6)))
    views = {"weak_image", "weak_width", "strong_image", "strong_width"}
    assert set(inputs) == {"image", "width", "label", "ranks", "unlabelled_ranks", *views}
    assert inputs["unlabelled_ranks"].shape == (6, 7) and inputs["strong_image"].dtype == "uint8"
