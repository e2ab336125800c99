"""What anybody may ask of a recogniser, of each of them; and which lines a ScriptRecognizer sends where."""

import numpy as np
import pytest
from PIL import Image

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.images import UnreadableError
from ocr_crnn.reading.script_recognizer import ScriptRecognizer
from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places
from ocr_crnn.recognition.recognizer import ReadLine, TextRecognizer

ALPHABET = Alphabet("0123456789 가각힣")
SMALL = {"stages": ((8, 2, 4), (16, 2, 4)), "units": 16, "num_blocks": 1, "num_heads": 2, "rank": 4}


def by_width(images):
    return ["latin" if np.shape(image)[1] > 100 else "hanja" if np.shape(image)[1] > 60 else "unknown" for image in images]


def text_recognizer(seed):
    network = AttentionCTC(len(ALPHABET), syllable_places(ALPHABET), **SMALL)
    rng = np.random.default_rng(seed)
    for variable in network.variables:
        variable.assign(rng.normal(0, 0.3, variable.shape).astype(np.float32))
    return TextRecognizer(network, ALPHABET, columns=600, min_score=0.1 * seed, calibration=(1.0, seed))


@pytest.fixture(scope="module")
def two():
    return text_recognizer(0), text_recognizer(1)


@pytest.fixture(params=["TextRecognizer", "ScriptRecognizer", "ScriptRecognizer of one"])
def recognizer(request, two):
    made = {"TextRecognizer": two[0], "ScriptRecognizer": ScriptRecognizer({"hangul": two[0], "latin": two[1]}, by_width)}
    return made.get(request.param) or ScriptRecognizer({"hangul": two[0], "latin": two[0]}, tell=None)  # nobody is asked


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def test_order_is_kept_and_company_does_not_matter(recognizer):
    images = [noise(32, width, seed) for seed, width in enumerate((300, 40, 7, 500, 1, 41))]
    together = recognizer(images)
    assert all(isinstance(line, ReadLine) for line in together) and recognizer([]) == []
    for image, line in zip(images, together, strict=True):
        (alone,) = recognizer([image])
        assert alone.text == line.text and len(line.character_scores) == len(line.spans_px) == len(line.text)
        assert 0 <= line.score <= 1 and (line.spans_px <= image.shape[1]).all()


def test_images_come_in_every_shape(recognizer, tmp_path):
    image = noise(32, 150)
    Image.fromarray(image).save(tmp_path / "line.png")
    kinds = [image, image[..., None], np.repeat(image[..., None], 3, 2), Image.fromarray(image), tmp_path / "line.png"]
    assert len({line.text for line in recognizer(kinds)}) == 1
    (tmp_path / "line.png").write_bytes(b"nothing")
    with pytest.raises(UnreadableError):
        recognizer([tmp_path / "line.png"])


def test_it_is_asked_for_crops_and_without_characters(recognizer):
    images = [noise(32, width) for width in (300, 50)]
    assert [line.text for line in recognizer.for_crops()(images)] == [line.text for line in recognizer(images)]
    seen = set("".join(line.text for line in recognizer(images)))
    plain = recognizer.without(seen)
    assert seen and not seen & set("".join(line.text for line in plain(images)))
    assert (recognizer.min_score, recognizer.calibration) == (plain.min_score, plain.calibration) == (0.0, (1.0, 0.0))


def test_each_line_is_read_by_the_weights_of_its_script(two):
    images = [noise(32, width, width) for width in (300, 40, 120, 80)]  # latin, unknown, latin, hanja
    expected = [two[1], two[0], two[1], two[0]]
    read = ScriptRecognizer({"hangul": two[0], "latin": two[1]}, by_width)(images)
    assert [line.text for line in read] == [one([image])[0].text for one, image in zip(expected, images, strict=True)]
    assert read[0].text != two[0](images[:1])[0].text


def test_recognisers_are_of_scripts(two):
    for wrong, received in (({}, "none"), ({"thai": two[0]}, "thai")):
        with pytest.raises(ValueError, match=f"Recognisers are of the scripts hangul, latin, .* Received: {received}"):
            ScriptRecognizer(wrong)
    changed = ScriptRecognizer({"hangul": two[0], "hanja": two[0], "unknown": two[1]}).for_crops()
    assert changed.recognizers["hangul"] is changed.recognizers["hanja"] is not changed.recognizers["unknown"]
