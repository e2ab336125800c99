import multiprocessing
from dataclasses import replace
from functools import partial
from itertools import islice

import numpy as np

from ocr_crnn.ops.frames import frames_needed
from ocr_crnn.recognition.codecs import AttentionCodec, PermutedCodec
from ocr_crnn.training import line_batches


def batches(source, first, count, **kwargs):
    return list(islice(line_batches.iterate_batches(source, 400, first, **kwargs), count))


def same(a, b):
    return all(np.array_equal(a[0][name], b[0][name]) for name in a[0]) and np.array_equal(a[1], b[1])


def test_a_batch_depends_on_its_number_alone(source):
    from_0 = batches(source, 0, 20, sampled_classes=50)
    from_14 = batches(source, 14, 6, sampled_classes=50)
    assert all(map(same, from_0[14:], from_14))
    assert not same(from_0[0], from_0[1])


def test_processes_give_the_same_batches(source, monkeypatch):
    monkeypatch.setattr(line_batches, "produce", partial(line_batches.produce, ahead=1))
    before = set(multiprocessing.active_children())
    rendering = line_batches.produce_batches(source, 400, first=14, processes=2)
    from_processes = list(islice(rendering, 6))
    assert len(set(multiprocessing.active_children()) - before) == 2
    rendering.close()
    assert set(multiprocessing.active_children()) <= before  # they have ended, not only been asked to
    assert all(map(same, batches(source, 14, 6), from_processes))


def test_batches_hold_lines_and_their_labels(source):
    for inputs, labels in batches(source, 0, 16):
        count, columns, height, channels = inputs["image"].shape
        assert (height, channels) == (32, 1) and columns % 32 == 0
        assert len(inputs["width"]) == len(labels) == count
        assert inputs["width"].max() > columns - 32
        texts = [source.codec.alphabet.decode(label) for label in labels]
        assert all(texts) and not any("약" in text for text in texts)
        frames = -(-inputs["width"] // 4)
        assert all(frames_needed(text) <= frame for text, frame in zip(texts, frames, strict=True))
        assert all((image[width:] == 255).all() for image, width in zip(inputs["image"], inputs["width"], strict=True))


def test_easy_groups_are_short_and_clean(source):
    easy = [line for batch in line_batches.draw_group(replace(source, easy_groups=1), 0, 400) for line in batch]
    assert max(len(text) for _, text in easy) <= 14


def test_sampled_classes_hold_the_labels_and_end_with_the_blank():
    labels = np.array([[7, 3, 3], [9, -1, -1]])
    trained = np.arange(20)[np.arange(20) != 5]
    classes, log_odds, places = line_batches.sample_classes(np.random.default_rng(0), labels, trained, count=10, last=20)
    assert len(classes) == len(set(classes)) == 10 and classes[-1] == 20 and 5 not in classes
    np.testing.assert_array_equal(np.where(places >= 0, classes[places], -1), labels)
    # Of 19 − 3 other classes, 6 were drawn: a chance of 6 / 16 each.
    np.testing.assert_allclose(log_odds, [0] * 3 + [np.log(16 / 6)] * 6 + [0], rtol=1e-6)


def test_sampling_more_classes_than_there_are_takes_all():
    labels = np.array([[0, 1]])
    classes, log_odds, _ = line_batches.sample_classes(np.random.default_rng(0), labels, np.arange(5), count=100, last=5)
    assert sorted(classes) == [0, 1, 2, 3, 4, 5] and not log_odds.any()


def test_the_end_of_labels_is_the_last_class_of_a_sample():
    labels = np.array([[3, 20, -1], [7, 3, 20]])
    classes, _, places = line_batches.sample_classes(np.random.default_rng(0), labels, np.arange(20), count=6, last=20)
    assert len(classes) == len(set(classes)) == 6 and classes[-1] == 20
    np.testing.assert_array_equal(np.where(places >= 0, classes[places], -1), labels)


def test_dataset(source):
    inputs, labels = next(iter(line_batches.lines_dataset(source, 400, first=2, sampled_classes=30)))
    expected = batches(source, 2, 1, sampled_classes=30)[0]
    assert same(({name: value.numpy() for name, value in inputs.items()}, labels.numpy()), expected)


def test_fixed_dataset_holds_every_line_once(source):
    lines = [source.draw_line(np.random.default_rng(i)) for i in range(7)]
    batches = line_batches.fixed_dataset(source.codec, lines, 200)
    texts = [source.codec.text(label) for _, labels in batches for label in labels.numpy()]
    assert sorted(texts) == sorted(text for _, text in lines)


def test_batches_for_a_decoder_by_attention_hold_what_has_been_written(source):
    codec = AttentionCodec(source.codec.alphabet)
    inputs, labels = next(iter(line_batches.lines_dataset(replace(source, codec=codec), 400, processes=0)))
    lengths = (labels.numpy() >= 0).sum(axis=1)
    for label, written, length in zip(labels.numpy(), inputs["label"].numpy(), lengths, strict=True):
        assert label[length - 1] == codec.end and written[0] == codec.begin
        np.testing.assert_array_equal(written[1:length], label[: length - 1])
        assert (written[length:] == codec.padding).all()


def test_what_a_codec_draws_is_of_the_number_of_the_batch(source):
    codec = PermutedCodec(source.codec.alphabet)
    ranks = [
        next(line_batches.iterate_batches(replace(source, codec=codec), 400, number))[0]["ranks"].tolist() for number in (0, 0, 1)
    ]
    assert ranks[0] == ranks[1] != ranks[2]
