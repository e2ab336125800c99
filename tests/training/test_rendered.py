from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.training import rendered

FACES = load_faces(find_fonts())[:3]
pytestmark = pytest.mark.skipif(not FACES, reason="no Korean font is installed")


@pytest.fixture(scope="module")
def source():
    return rendered.LineSource(
        seed=5,
        faces=tuple(FACES),
        alphabet=Alphabet.korean(),
        sentences=("계약을 체결하고 보관한다.",),
        withheld="약",
        lengths=((1.0, 1, 8),),
    )


def batches(source, first, count, **kwargs):
    return list(islice(rendered.iterate_batches(source, 400, first, **kwargs), count))


def same(a, b):
    return all(np.array_equal(a[0][name], b[0][name]) for name in a[0]) and np.array_equal(a[1], b[1])


def test_a_batch_depends_on_its_number_alone(source):
    from_0 = batches(source, 0, 20, sampled_classes=50)
    from_14 = batches(source, 14, 6, sampled_classes=50)
    assert all(map(same, from_0[14:], from_14))
    assert not same(from_0[0], from_0[1])


def test_processes_give_the_same_batches(source):
    rendering = rendered.render_batches(source, 400, first=14, processes=2)
    from_processes = list(islice(rendering, 6))
    rendering.close()
    assert all(map(same, batches(source, 14, 6), from_processes))


def test_batches_hold_lines_and_their_labels(source):
    for inputs, labels in batches(source, 0, 16):
        count, columns, height, channels = inputs["image"].shape
        assert (height, channels) == (32, 1) and columns % 32 == 0
        assert len(inputs["width"]) == len(labels) == count
        assert inputs["width"].max() > columns - 32
        texts = [source.alphabet.decode(label) for label in labels]
        assert all(texts) and not any("약" in text for text in texts)
        frames = -(-inputs["width"] // 4)
        assert all(rendered.frames_needed(text) <= frame for text, frame in zip(texts, frames, strict=True))
        assert all((image[width:] == 255).all() for image, width in zip(inputs["image"], inputs["width"], strict=True))


def test_frames_needed():
    assert [rendered.frames_needed(text) for text in ("", "가", "가나", "가가", "1111")] == [0, 1, 2, 3, 7]


def test_easy_groups_are_short_and_clean(source):
    easy = [line for batch in rendered.draw_group(replace(source, easy_groups=1), 0, 400) for line in batch]
    assert max(len(text) for _, text in easy) <= 14


def test_faces_without_korean_are_told(source):
    with pytest.raises(ValueError, match="none of 500 drawable"):
        replace(source, alphabet=Alphabet("ab")).draw_line(np.random.default_rng(0))


def test_sampled_classes_hold_the_labels_and_end_with_the_blank():
    labels = np.array([[7, 3, 3], [9, -1, -1]])
    trained = np.arange(20)[np.arange(20) != 5]
    classes, log_odds, places = rendered.sample_classes(np.random.default_rng(0), labels, trained, count=10, blank=20)
    assert len(classes) == len(set(classes)) == 10 and classes[-1] == 20 and 5 not in classes
    np.testing.assert_array_equal(np.where(places >= 0, classes[places], -1), labels)
    # Of 19 − 3 other classes, 6 were drawn: a chance of 6 / 16 each.
    np.testing.assert_allclose(log_odds, [0] * 3 + [np.log(16 / 6)] * 6 + [0], rtol=1e-6)


def test_sampling_more_classes_than_there_are_takes_all():
    labels = np.array([[0, 1]])
    classes, log_odds, _ = rendered.sample_classes(np.random.default_rng(0), labels, np.arange(5), count=100, blank=5)
    assert sorted(classes) == [0, 1, 2, 3, 4, 5] and not log_odds.any()


def test_withheld_syllables_are_rare_and_the_same_for_a_seed():
    sentences = ["가나다"] * 5 + ["라"]
    withheld = rendered.draw_withheld(np.random.default_rng(1), sentences, 30)
    assert len(set(withheld)) == 30 and not set(withheld) & set("가나다")
    assert withheld == rendered.draw_withheld(np.random.default_rng(1), sentences, 30)
    assert rendered.draw_withheld(np.random.default_rng(1), sentences, 0) == ""


def test_validation_lines(source):
    lines = rendered.draw_validation_lines(source, FACES[:1], count=4)
    assert {name: len(drawn) for name, drawn in lines.items()} == {"cer": 4, "cer_new_fonts": 4, "cer_new_syllables": 1}
    assert "약" in lines["cer_new_syllables"][0][1]
    assert set(rendered.draw_validation_lines(replace(source, withheld=""), [], count=1)) == {"cer"}


def test_dataset(source):
    inputs, labels = next(iter(rendered.rendered_dataset(source, 400, first=2, sampled_classes=30)))
    expected = batches(source, 2, 1, sampled_classes=30)[0]
    assert same(({name: value.numpy() for name, value in inputs.items()}, labels.numpy()), expected)


def test_fixed_dataset_holds_every_line_once(source):
    lines = [source.draw_line(np.random.default_rng(i)) for i in range(7)]
    texts = [source.alphabet.decode(label) for _, labels in rendered.fixed_dataset(source.alphabet, lines, 200) for label in labels.numpy()]
    assert sorted(texts) == sorted(text for _, text in lines)
