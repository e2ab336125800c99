import numpy as np
import pytest
from PIL import Image
from words import samples, write_lmdb

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.data.ground_truth import read_ground_truth
from ocr_crnn.data.gt_utility import GTUtility
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.ops.frames import lineage_frames
from ocr_crnn.page import Page
from ocr_crnn.recognition.codecs import AttentionCodec, CTCCodec
from ocr_crnn.training import line_batches
from ocr_crnn.training.truth_lines import MixedLines, TruthLines, VariedLines

ALPHABET = Alphabet("0123456789")


@pytest.fixture
def gt_util(tmp_path):
    """A page of two texts, one grey level each, and three lines: one of a character unknown, one too narrow, one that is no image."""
    pages = []

    def add(name, size, boxes, texts):
        pixels = np.full(size, 255, np.uint8)
        for left, top, width, height in boxes:
            pixels[top : top + height, left : left + width] = 10 * (left + 1)
        Image.fromarray(pixels).save(tmp_path / name)
        pages.append(Page(str(tmp_path / name), size, boxes_to_quads(boxes), texts))

    add("page.png", (100, 200), [(1, 10, 60, 16), (2, 50, 120, 32)], ["12", "3456"])
    add("line.png", (32, 64), [(0, 0, 64, 32)], ["가1"])
    add("narrow.png", (32, 8), [(0, 0, 8, 32)], ["77777"])
    add("broken.png", (32, 64), [(0, 0, 64, 32)], ["9"])
    (tmp_path / "broken.png").write_bytes(b"no image")
    return GTUtility(pages)


def test_lines_are_cut_out_of_their_pages_and_the_rest_is_told(gt_util):
    source = TruthLines(gt_util, CTCCodec(ALPHABET), lineage_frames)
    assert len(source) == 3 and source.characters == set("1234569")
    lines = source.lines()
    assert [(image.shape, text) for image, text in lines] == [((32, 120), "12"), ((32, 120), "3456")]
    assert (lines[0][0] == 20).all() and (lines[1][0] == 30).all()
    assert {kind: source.report.counts[kind] for kind in ("unknown_character", "too_few_frames", "image_unreadable")} == {
        "unknown_character": 1, "too_few_frames": 1, "image_unreadable": 1,
    }  # fmt: skip


def test_lines_of_an_lmdb(tmp_path):
    write_lmdb(tmp_path, samples(["12", "3", "45"]) | {b"image-000000002": b"no image"})
    truth = read_ground_truth(tmp_path)
    source = TruthLines(truth, CTCCodec(ALPHABET), lambda width: width)
    assert [(image.shape, text) for image, text in source.lines()] == [((32, 96), "12"), ((32, 96), "45")]
    assert truth.report.counts == {"image_unreadable": 1}


def test_the_codec_says_what_fits(gt_util):
    """8 px have no frame in the CRNN, and steps enough of a decoder that has 6 of them for any line."""
    source = TruthLines(gt_util, AttentionCodec(ALPHABET), lambda width: 6)
    assert "7" in source.characters and source.report.counts["too_few_frames"] == 0


def test_draws_depend_on_the_generator_alone_and_pass_over_what_is_unreadable(gt_util):
    source = TruthLines(gt_util, CTCCodec(ALPHABET), lineage_frames, seed=3)
    texts = [source.draw_line(np.random.default_rng(i))[1] for i in range(20)]
    assert texts == [source.draw_line(np.random.default_rng(i), easy=True)[1] for i in range(20)]
    assert set(texts) == {"12", "3456"}


def test_batches_of_a_truth_are_for_any_network(gt_util):
    for codec in (CTCCodec(ALPHABET), AttentionCodec(ALPHABET)):
        source = TruthLines(gt_util, codec, lambda width: 10)
        first = [next(iter(line_batches.lines_dataset(source, 400, number, processes=0))) for number in (0, 1, 1)]
        inputs, labels = first[1]
        assert {codec.text(label[label < codec.classes - 1]) for label in labels.numpy()} <= {"12", "3456"}
        np.testing.assert_array_equal(inputs["image"], first[2][0]["image"])


def test_two_sources_as_one(gt_util):
    truth = TruthLines(gt_util, CTCCodec(ALPHABET), lineage_frames)

    class Rendered:
        seed, height, codec, withheld, easy_groups = 1, 32, truth.codec, "8", 2

        def draw_line(self, rng, easy=False):
            return np.zeros((32, 40), np.uint8), "0"

    mixed = MixedLines(truth, Rendered(), 0.25)
    texts = [mixed.draw_line(np.random.default_rng(i))[1] for i in range(200)]
    assert 25 <= sum(text != "0" for text in texts) <= 75 and (mixed.withheld, mixed.easy_groups) == ("8", 2)


def test_nothing_left_to_learn_from(gt_util):
    with pytest.raises(ValueError, match="At least one line has to be left to learn from. Received: 5 texts"):
        TruthLines(gt_util, CTCCodec(Alphabet("나다")), lineage_frames)


def test_drawn_lines_are_varied_unless_they_no_longer_fit(gt_util):
    truth = TruthLines(gt_util, CTCCodec(ALPHABET), lineage_frames)
    half = VariedLines(truth, lambda rng, image: image[:, ::2], lineage_frames)
    none = VariedLines(truth, lambda rng, image: image[:, :1], lineage_frames)
    assert (half.seed, half.height, half.codec, half.withheld, half.easy_groups) == (0, 32, truth.codec, "", 0)
    assert truth.texts == ["12", "3456", "9"]
    for seed in range(3):
        image, text = truth.draw_line(np.random.default_rng(seed))
        assert np.array_equal(half.draw_line(np.random.default_rng(seed))[0], image[:, ::2])
        assert np.array_equal(none.draw_line(np.random.default_rng(seed))[0], image) and text in ("12", "3456")
