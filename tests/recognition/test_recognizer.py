import json
from collections import Counter
from hashlib import sha256
from pathlib import Path
from shutil import copytree
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.decoding.line import DecodedLine
from ocr_crnn.images import UnreadableError
from ocr_crnn.ops.lines import fit_width
from ocr_crnn.presets import PresetError
from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places
from ocr_crnn.recognition.codecs import CTCCodec
from ocr_crnn.recognition.engine import LineEngine
from ocr_crnn.recognition.recognizer import ReadLine, TextRecognizer, load_line

ALPHABET = Alphabet("0123456789 가각힣")


@pytest.fixture(scope="module")
def recognizer():
    small = {"stages": ((8, 2, 4), (16, 2, 4)), "units": 16, "num_blocks": 1, "num_heads": 2, "rank": 4}
    network = AttentionCTC(len(ALPHABET), syllable_places(ALPHABET), **small)
    rng = np.random.default_rng(0)
    for variable in network.variables:  # the residual starts at 0, which would read nothing but jamo
        variable.assign(rng.normal(0, 0.3, variable.shape).astype(np.float16))
    return TextRecognizer(network, ALPHABET, columns=600)


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def test_order_is_kept_and_batches_do_not_matter(recognizer):
    images = [noise(32, width, seed) for seed, width in enumerate((300, 40, 7, 500, 1, 41))]
    together = recognizer(images)
    for image, line in zip(images, together, strict=True):
        (alone,) = recognizer([image])
        assert alone.text == line.text
        np.testing.assert_allclose(alone.character_scores, line.character_scores, atol=1e-4)
        np.testing.assert_array_equal(alone.spans_px, line.spans_px)


@pytest.mark.parametrize(
    ("widths", "at_once", "expected"),
    [
        ((), 2, []),
        ((10,), 2, [[0]]),
        ((50, 60, 40), 2, [[1], [0], [2]]),  # a call would be idle beside one batch of 150 columns
        ((50, 60, 40), 1, [[1, 0, 2]]),
        ((300, 40, 7, 500, 1, 41), 2, [[3], [0], [5, 1, 2, 4]]),  # the widest first; 600 columns are shared by two calls
        ((300, 40, 7, 500, 1, 41), 1, [[3], [0, 5], [1, 2, 4]]),
    ],
)
def test_batches_begin_with_the_widest_and_keep_all_calls_busy(recognizer, monkeypatch, widths, at_once, expected):
    monkeypatch.setattr(type(recognizer.engine), "in_flight", at_once)
    assert list(recognizer._plan_batches([np.zeros((32, width), np.uint8) for width in widths])) == expected


def test_a_line_beyond_all_proportion_is_squeezed(recognizer, monkeypatch):
    """A picture of 2 kB that is a pixel high is a line a million columns wide, and takes all memory."""
    monkeypatch.setattr("ocr_crnn.recognition.recognizer.BATCH_COLUMNS", 64)
    image = noise(2, 400)
    (line,) = recognizer([image])
    (squeezed,) = recognizer([fit_width(recognizer.engine.fit_line(image), recognizer.columns)])
    assert line.text == squeezed.text and line.text and line.spans_px.max() <= 400
    np.testing.assert_allclose(line.spans_px, squeezed.spans_px * 400 / recognizer.columns, atol=0.01)


def test_frozen_it_reads_the_same(recognizer):
    images = [noise(32, width, seed) for seed, width in enumerate((300, 40, 7, 500, 1, 41, 2000))]
    frozen = TextRecognizer(recognizer.network, ALPHABET, columns=600).freeze()
    for before, after in zip(recognizer(images), frozen(images), strict=True):
        assert after.text == before.text and after.score == pytest.approx(before.score, abs=1e-4)
        np.testing.assert_allclose(after.character_scores, before.character_scores, atol=1e-4)
        np.testing.assert_array_equal(after.spans_px, before.spans_px)
    assert frozen([]) == []


def test_characters_that_are_left_out_are_never_read(recognizer):
    """As it is, frozen, and frozen first: always what stands in their place without them."""
    images = [noise(32, width, seed) for seed, width in enumerate((300, 500, 2000))]
    off = max(Counter("".join(line.text for line in recognizer(images))))
    plain = recognizer.without(off + "한")  # the second is not in the alphabet
    texts = [line.text for line in plain(images)]
    assert all(off not in text for text in texts) and all(texts)
    frozen = TextRecognizer(recognizer.network, ALPHABET).freeze()
    for other in (frozen.without(off), plain.freeze(), frozen.without("").without(off).freeze()):
        assert [line.text for line in other(images)] == texts
    assert off in "".join(line.text for line in recognizer(images))  # the one it came from reads on


def test_another_decoder_is_not_passed_by(recognizer):
    def decode_nothing(logits, frame_counts):
        return [DecodedLine(np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros((0, 2), np.int32))] * len(logits)

    (line,) = TextRecognizer(recognizer.network, CTCCodec(ALPHABET, decode_nothing)).freeze()([noise(32, 100)])
    assert line.text == "" and line.score == 0


def test_one_score_and_one_span_a_character(recognizer):
    image = noise(64, 400)
    (line,) = recognizer([image])
    assert len(line.text) == len(line.character_scores) == len(line.spans_px) > 0
    assert np.all((line.character_scores > 0) & (line.character_scores <= 1))
    assert line.score == pytest.approx(line.character_scores.mean())
    starts, ends = line.spans_px.T
    assert np.all(starts < ends) and np.all(ends[:-1] <= starts[1:]) and ends[-1] <= 400
    # The image is twice as high as the network's lines: a frame of 4 pixels is 8 of the image's own.
    np.testing.assert_allclose(starts % 8, 0)


def test_no_images(recognizer):
    assert recognizer([]) == []


def test_a_path_a_pillow_image_and_an_array_are_the_same(recognizer, tmp_path):
    image = noise(32, 100)
    Image.fromarray(image).save(tmp_path / "line.png")
    lines = recognizer([tmp_path / "line.png", str(tmp_path / "line.png"), Image.fromarray(image), image, image[:, :, None]])
    assert len({line.text for line in lines}) == 1


def test_transparency_lies_on_white():
    transparent = Image.new("RGBA", (5, 4), (0, 0, 0, 0))
    np.testing.assert_array_equal(load_line(transparent), np.full((4, 5), 255))


def test_sixteen_bits_of_a_line_become_eight(tmp_path):
    grey = noise(32, 40)
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    np.testing.assert_array_equal(load_line(tmp_path / "deep.png"), grey)


def test_an_alphabet_of_another_length_is_refused(recognizer):
    with pytest.raises(ValueError, match="Received: 15 classes, 3 in the codec 'ctc'"):
        TextRecognizer(recognizer.network, Alphabet("ab"))


@pytest.mark.parametrize(
    "settings",
    [
        {"min_score": float("nan")}, {"min_score": 2}, {"min_score": "0.6"}, {"prepare": "no"}, {"prepare": 0}, {"calibration": [1]},
        {"calibration": [1, float("inf")]}, {"calibration": 1}, {"columns": 0}, {"columns": 2.5},
    ],
)  # fmt: skip
def test_settings_that_would_read_nothing_and_say_nothing(recognizer, settings):
    with pytest.raises(ValueError, match="Received: .*Correct"):
        TextRecognizer(recognizer.network, ALPHABET, **settings)


@pytest.fixture(scope="module")
def saved(recognizer, tmp_path_factory):
    return recognizer.save_to_preset(tmp_path_factory.mktemp("presets") / "saved")


@pytest.mark.parametrize(
    "changes",
    [
        {"codec": ["ctc"]}, {"codec": "morse"}, {"codec": "attention"}, {"min_score": float("nan")}, {"prepare": 1}, {"calibration": {}},
        {"engine_arguments": {"depth": 3}}, {"engine_arguments": [1]}, {"arguments": None}, {"arguments": ["a"]}, {"network": "PAN"},
        {"sha256": {"alphabet.txt": None}}, {"alphabet": "가\n나\n"}, {"alphabet": "가가\n"},
    ],
)  # fmt: skip
def test_a_preset_that_does_not_fit_is_refused(saved, tmp_path, changes):
    folder = Path(copytree(saved, tmp_path / "p"))
    if "alphabet" in changes:
        (folder / "alphabet.txt").write_text(changes["alphabet"])
        changes = {}
    checksums = {name: sha256((folder / name).read_bytes()).hexdigest() for name in ("alphabet.txt", "weights.npz")}
    config = json.loads((folder / "config.json").read_text()) | {"sha256": checksums}
    (folder / "config.json").write_text(json.dumps(config | changes))
    with pytest.raises(PresetError, match="Received: "):
        TextRecognizer.from_preset(folder)


def test_a_preset_reads_the_same(recognizer, tmp_path):
    folder = recognizer.save_to_preset(tmp_path / "mine", card="# Mine\n")
    again = TextRecognizer.from_preset(folder)
    images = [noise(32, 200), noise(20, 90)]
    assert again.alphabet == ALPHABET
    # The weights of this network are float16 numbers, so nothing is lost.
    assert [line.text for line in again(images)] == [line.text for line in recognizer(images)]
    assert (folder / "README.md").read_text() == "# Mine\n"
    assert json.loads((folder / "config.json").read_text())["arguments"]["syllables"] == "from the alphabet"


def test_a_damaged_preset_is_refused(recognizer, tmp_path):
    folder = recognizer.save_to_preset(tmp_path / "mine")
    content = bytearray((folder / "weights.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "weights.npz").write_bytes(content)
    with pytest.raises(PresetError, match=r"weights\.npz, SHA-256"):
        TextRecognizer.from_preset(folder)


def test_an_unknown_preset_names_the_known_ones():
    with pytest.raises(PresetError, match="Received: 'no such'.*Known names: "):
        TextRecognizer.from_preset("no such")


class TwoDigits(LineEngine):
    """An engine without a network: "1" in the first frame of every line and "0" in its last."""

    height, stride, classes, gives = 16, 4, len(ALPHABET), "best_paths"

    def __call__(self, images, widths):
        ends = self.count_frames(widths)
        places = np.stack([0 * ends, ends - 1], axis=1).reshape(-1)
        rows = np.repeat(np.arange(len(widths)), 2)
        return SimpleNamespace(lines=rows, ids=np.tile([1, 0], len(widths)), scores=np.full(len(rows), 0.5), starts=places, ends=places + 1)


def test_an_engine_reads_the_preset_of_a_network_in_its_place(recognizer, tmp_path):
    folder = recognizer.save_to_preset(tmp_path / "mine")
    light = TextRecognizer.from_preset(folder, engine=TwoDigits())
    first, second = light([noise(32, 80), noise(16, 12)])
    assert first.text == second.text == "10" and light.alphabet == ALPHABET
    np.testing.assert_array_equal(first.spans_px, [[0, 8], [72, 80]])  # twice the height: a frame is 8 px
    np.testing.assert_array_equal(second.spans_px, [[0, 4], [8, 12]])
    with pytest.raises(ValueError, match="Received: a recogniser with the engine TwoDigits"):
        light.with_search(lambda logits, counts: [])
    with pytest.raises(ValueError, match="logits of all classes. Received: a search, and an engine that gives best_paths"):
        TextRecognizer(TwoDigits(), CTCCodec(ALPHABET, search=lambda logits, counts: []))


def test_doubted_lines_are_read_again_with_other_paper(recognizer, monkeypatch):
    """Of an image of 50 × 200 px the reading goes by the paper that is added: as it is it reads as one other does, and three agree."""
    prepared, seen = TextRecognizer(recognizer.network, ALPHABET, prepare=True), []
    texts = {200: "1", 196: "7", 204: "7", 192: "1", 210: "7", 100: "0"}

    def read(images):
        seen.append([image.shape[1] for image in images])
        return [ReadLine(texts[w], 0.5, np.float32([0.9 if w == 100 else 0.5]), np.float32([[10, 20]])) for w in seen[-1]]

    monkeypatch.setattr(prepared, "_read", read)
    found = prepared([np.full((50, 100), 200, np.uint8), np.full((50, 200), 200, np.uint8)])
    assert [line.text for line in found] == ["0", "7"] and seen == [[100, 200], [196], [204, 192, 210]]
    np.testing.assert_allclose([line.spans_px[0] for line in found], [[10, 20], [12, 22]])  # two columns were taken away before it
    seen.clear()
    recognizer_of_crops = prepared.for_crops()
    monkeypatch.setattr(recognizer_of_crops, "_read", read)
    assert [line.text for line in recognizer_of_crops([np.full((50, 200), 200, np.uint8)])] == ["1"] and len(seen) == 1


def test_lines_are_prepared_where_the_preset_says_so(recognizer, tmp_path):
    """Places are those of the image as given; the crops of a reader stay as they are."""
    image = np.full((200, 500), 255, np.uint8)
    image[80:112, 150:350] = noise(32, 200)
    recognizer.prepare = True
    try:
        again = TextRecognizer.from_preset(recognizer.save_to_preset(tmp_path / "mine"))
    finally:
        recognizer.prepare = False
    (prepared,), (plain,), (crop,) = again([image]), recognizer([image]), again.for_crops()([image])
    np.testing.assert_array_equal(crop.spans_px, plain.spans_px)
    assert plain.spans_px.max() > 360
    assert prepared.spans_px.min() >= 140 and prepared.spans_px.max() <= 360


def test_arrays_of_other_values_and_files_that_are_no_images(tmp_path):
    mask = np.array([[True, False]])
    np.testing.assert_array_equal(load_line(mask)[..., 0], [[255, 0]])
    np.testing.assert_array_equal(load_line(mask.astype(np.float32))[..., 0], [[255, 0]])
    (tmp_path / "a.png").write_text("text")
    with pytest.raises(UnreadableError, match=r"a\.png"):
        load_line(tmp_path / "a.png")
