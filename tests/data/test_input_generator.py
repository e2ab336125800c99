import keras
import numpy as np
import pytest
import tensorflow as tf
from aihub_fixture import png
from PIL import Image, ImageDraw

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.data.gt_utility import GTUtility
from ocr_crnn.data.input_generator import InputGenerator, Texts
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.ops.images import resize_and_pad
from ocr_crnn.page import Page

ALPHABET = Alphabet(" abcdefghij가나다")


def line_page(path, text, size):
    return Page(str(path), size, boxes_to_quads([(0, 0, size[1], size[0])]), [text])


@pytest.fixture
def make_lines(tmp_path):
    """Function texts and widths → GTUtility of line images 32 px high; the grey value is the number of the line."""

    def make(texts, widths=None):
        widths = widths or [100] * len(texts)
        pages = []
        for index, (text, width) in enumerate(zip(texts, widths, strict=True)):
            path = tmp_path / f"줄{index}.png"
            path.write_bytes(png(width, 32, value=index))
            pages.append(line_page(path, text, (32, width)))
        return GTUtility(pages)

    return make


def plain(dataset):
    return list(dataset.as_numpy_iterator())


def lines_of(batches):
    return [line for batch in batches for line in batch["lines"].tolist()]


def test_a_batch_of_the_lineage(make_lines):
    gt = make_lines(["ab", "가나다 ab"], [100, 200])
    generator = InputGenerator(gt, 2, ALPHABET, (256, 32), max_string_len=10)
    assert type(generator.steps_per_epoch) is int and generator.steps_per_epoch == 1
    [(inputs, outputs)] = generator.dataset(train=False)
    assert {name: (tuple(value.shape), value.dtype.name) for name, value in inputs.items()} == {
        "image_input": ((2, 256, 32, 1), "float32"),
        "label_input": ((2, 10), "float32"),
        "input_length": ((2, 1), "int64"),
        "label_length": ((2, 1), "int64"),
    }
    assert outputs["ctc"].numpy().tolist() == [0, 0]
    assert inputs["label_input"].numpy().tolist() == [[1, 2] + [-1] * 8, [11, 12, 13, 0, 1, 2] + [-1] * 4]
    assert inputs["input_length"].numpy().tolist() == [[62], [62]], "all frames of the one width, as in the lineage"
    assert inputs["label_length"].numpy().tolist() == [[2], [6]]
    images = inputs["image_input"].numpy()
    assert set(images[1, :200].flat) == {1.0} and set(images[1, 200:].flat) == {255.0}


def test_generate_is_the_same_with_the_texts(make_lines):
    gt = make_lines(["ab", "가나다 ab"], [100, 200])
    generator = InputGenerator(gt, 2, ALPHABET.characters + "_", (256, 32))
    inputs, outputs = next(generator.generate())
    assert sorted(inputs["source_str"].tolist()) == ["ab", "가나다 ab"]
    assert isinstance(inputs["source_str"][0], str) and "가나다" in repr(inputs["source_str"])
    for text, label, length in zip(inputs["source_str"], inputs["label_input"], inputs["label_length"], strict=True):
        assert ALPHABET.decode(label) == text and length == [len(text)]
    assert all(type(value) in (np.ndarray, Texts) for value in [*inputs.values(), outputs["ctc"]])


@pytest.mark.parametrize(("count", "size"), [(3, 8), (7, 3), (6, 3), (1, 2)])
def test_generate_fills_every_batch_as_the_lineage_does(make_lines, count, size):
    """A cell that reads `range(batch_size)` lines finds them; no line comes before all others have come as often."""
    texts = list("abcdefg"[:count])
    stream = InputGenerator(make_lines(texts), size, ALPHABET, (128, 32)).generate(train=False)
    batches = [next(stream) for _ in range(4)]
    for inputs, outputs in batches:
        assert {len(value) for value in [*inputs.values(), outputs["ctc"]]} == {size}
        for text, image in zip(inputs["source_str"], inputs["image_input"], strict=True):
            assert set(image[:100].flat) == {texts.index(text)}
    read = [str(text) for inputs, _ in batches for text in inputs["source_str"]]
    assert read == (texts * (4 * size))[: 4 * size]


def test_generate_with_buckets_has_one_width_a_batch(make_lines):
    stream = InputGenerator(make_lines(list("abcde"), [40, 40, 40, 300, 300]), 2, ALPHABET, ([64, 320], 32)).generate()
    shapes = {next(stream)[0]["image_input"].shape[:2] for _ in range(6)}
    assert shapes == {(2, 64), (1, 64), (2, 320)}


def training_model():
    """Inputs and output of the names of the lineage's training model, small."""
    image = keras.Input((None, 32, 1), name="image_input")
    label = keras.Input((None,), name="label_input")
    input_length = keras.Input((1,), name="input_length", dtype="int64")
    label_length = keras.Input((1,), name="label_length", dtype="int64")
    pooled = keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(image)))

    def combine(tensors):
        return sum(keras.ops.mean(keras.ops.cast(tensor, "float32"), axis=1) for tensor in tensors)

    loss = keras.layers.Lambda(combine, output_shape=(), name="ctc")([pooled, label, input_length, label_length])
    model = keras.Model([image, label, input_length, label_length], {"ctc": loss})
    model.compile("sgd", loss={"ctc": lambda truth, prediction: prediction})
    return model


def test_both_forms_can_be_fitted(make_lines):
    generator = InputGenerator(make_lines(list("abcdefg")), 3, ALPHABET)
    model = training_model()
    for data, steps in [(generator.dataset(), None), (generator.dataset(endless=True), 3), (generator.generate(), 3)]:
        history = model.fit(data, steps_per_epoch=steps, epochs=2, verbose=0)
        assert np.isfinite(history.history["loss"]).all() and len(history.history["loss"]) == 2


def test_buckets_neither_squeeze_nor_cut(make_lines):
    widths = [40, 50, 100, 130, 300, 310, 640, 650, 700]
    generator = InputGenerator(make_lines(list("abcdefghi"), widths), 2, ALPHABET, (None, 32))
    seen = {}
    for batch in plain(generator.dataset(form=None)):
        bucket = batch["images"].shape[1]
        assert bucket in generator.lines.buckets
        for line, width, image in zip(batch["lines"], batch["widths"], batch["images"], strict=True):
            seen[line] = width
            assert width <= bucket and set(image[:width].flat) == {line} and set(image[width:].flat) <= {255}
    assert seen == dict(enumerate(widths))
    assert generator.report.counts == {}


@pytest.mark.parametrize("width", [128, [64, 128]])
def test_what_is_longer_than_the_widest_is_squeezed_and_counted(make_lines, width):
    generator = InputGenerator(make_lines(["a", "b"], [60, 500]), 1, ALPHABET, (width, 32))
    batches = plain(generator.dataset(train=False, form=None))
    assert [batch["widths"].tolist() for batch in batches] == [[60], [128]]
    assert batches[0]["images"].shape[1] == (128 if width == 128 else 64)
    assert generator.report.counts == {"squeezed": 1} and "500 px to 128 px" in generator.report.rows[0][2]


def test_where_widths_vary_the_frames_are_those_of_each_line(make_lines):
    generator = InputGenerator(make_lines(["ab", "가나다 ab"], [100, 200]), 2, ALPHABET, ([256], 32))
    [(inputs, _)] = generator.dataset(train=False)
    assert inputs["image_input"].shape[1] == 256 and inputs["input_length"].numpy().tolist() == [[23], [48]]


def test_with_one_width_a_label_may_use_the_frames_of_the_padding(make_lines):
    gt = make_lines(["abcdefgh", "ab"], [36, 100])  # 36 px are 7 frames, 8 characters need 8
    assert len(InputGenerator(gt, 2, ALPHABET, (128, 32)).lines) == 2
    assert InputGenerator(gt, 2, ALPHABET, ([128], 32)).report.counts == {"too_few_frames": 1}


def test_lines_as_the_lineage_prepared_them(tmp_path):
    """Contrast 100 … 200 becomes 0 … 255, the padding is black, and 500 px lose what is beyond 128."""
    pages = []
    for index, width in enumerate((60, 500)):
        values = np.full((32, width), 200, np.uint8)
        values[:, 10:20] = 100
        values[:, 20:30] = 150
        Image.fromarray(values).save(tmp_path / f"{index}.png")
        pages.append(line_page(tmp_path / f"{index}.png", "ab"[index], (32, width)))
    generator = InputGenerator(GTUtility(pages), 2, ALPHABET, (128, 32), preprocess="lineage")
    [batch] = plain(generator.dataset(train=False, form=None))
    short, long = batch["images"][:, :, 0, 0]
    assert short[[0, 15, 59]].tolist() == [255, 0, 255] and short[25] in (127, 128) and set(short[60:]) == {0}
    assert set(long[30:]) == {255} and batch["widths"].tolist() == [60, 128]
    assert generator.report.counts == {"cut": 1} and "500 px to 128 px" in generator.report.rows[0][2]
    with pytest.raises(ValueError, match="preprocess is None or 'lineage'. Received: 'old'"):
        InputGenerator(GTUtility(pages), 2, ALPHABET, (128, 32), preprocess="old")


def test_another_character_may_stand_in_for_unknown_ones(make_lines, capsys):
    gt = make_lines(["aX_b", "ab"])
    left_out = InputGenerator(gt, 2, ALPHABET)
    assert len(left_out.lines) == 1 and left_out.report.counts == {"unknown_character": 1}
    assert "1 of 2 lines left out (50%): unknown_character 1" in capsys.readouterr().out
    replaced = InputGenerator(gt, 2, ALPHABET, unknown=" ")
    assert replaced.lines.labels[0].tolist() == [1, 0, 0, 2] and replaced.report.counts == {"unknown_replaced": 1}
    assert replaced.report.rows[0][2] == "X_" and capsys.readouterr().out == ""
    for unknown in ("?", "  ", ""):
        with pytest.raises(ValueError, match="unknown is one character of the alphabet"):
            InputGenerator(gt, 2, ALPHABET, unknown=unknown)


def test_what_cannot_be_learnt_is_left_out_and_listed(make_lines):
    texts = ["abc", "aX_", "a" * 8, "abcdefghij", None, "", "aaa"]
    gt = make_lines(texts, [100, 100, 400, 40, 100, 100, 24])
    generator = InputGenerator(gt, 4, ALPHABET, max_string_len=7)
    assert lines_of(plain(generator.dataset(form=None))) == [0]
    # "aaa" in 24 px: 4 frames, 3 characters and 2 blanks between equal ones needed
    assert generator.report.counts == {"unknown_character": 1, "label_too_long": 2, "too_few_frames": 1}
    assert [row for row in generator.report.rows if row[0] == "unknown_character"][0][2] == "X_"
    assert "1 lines in 1 batches" in str(generator) and "too_few_frames" in str(generator)


def test_frames_are_an_argument(make_lines):
    gt = make_lines(["aaa"], [24])
    assert len(InputGenerator(gt, 1, ALPHABET, frames_for_width=lambda width: width // 2).lines) == 1


def test_nothing_left_is_an_error_not_an_endless_loop(make_lines):
    with pytest.raises(ValueError, match="(?s)At least one line.*Received: 2 texts.*unknown_character"):
        InputGenerator(make_lines(["XYZ", "Z"]), 4, ALPHABET)
    gt = make_lines(["ab"])
    with open(gt.image_names[0], "wb"):
        pass
    with pytest.raises(tf.errors.InvalidArgumentError, match="At least one image has to be readable"):
        plain(InputGenerator(gt, 4, ALPHABET).dataset())
    with pytest.raises(ValueError, match="joined by a space"):
        InputGenerator(make_lines(["ab"]), 4, Alphabet("ab"), concatenate=True)


def test_bad_images_are_counted_and_the_rest_goes_on(make_lines, tmp_path):
    gt = make_lines(list("abcdef"))
    whole = png(100, 32)
    for index, contents in {0: b"", 1: whole[:-20], 2: b"text", 3: png(1, 1)}.items():
        (tmp_path / f"줄{index}.png").write_bytes(contents)
    (tmp_path / "줄4.png").unlink()
    generator = InputGenerator(gt, 2, ALPHABET, (128, 32))
    for _ in range(2):
        batches = plain(generator.dataset(form=None))
        assert set(lines_of(batches)) == {5} and len(batches) == generator.steps_per_epoch
    assert generator.report.counts == {"image_unreadable": 5}


def test_one_pixel_and_thirty_thousand(make_lines, tmp_path):
    gt = make_lines(["ab", "c", "d" * 5], [100, 1, 30_000])
    generator = InputGenerator(gt, 4, ALPHABET, (None, 32))
    batches = plain(generator.dataset(form=None))
    assert sorted(lines_of(batches)) == [0, 1]
    assert max(batch["images"].shape[1] for batch in batches) == 4096
    assert generator.report.counts == {"too_small": 1, "squeezed": 1}
    (tmp_path / "줄0.png").write_bytes(png(30_000, 32))
    batches = plain(InputGenerator(gt.subset(0, 1), 4, ALPHABET, cache=None).dataset(form=None))
    assert batches[0]["images"].shape[1] == 128, "an image that is not what the JSON says fits its place"


def test_order_is_a_function_of_seed_and_step(make_lines):
    gt = make_lines([c for c in "abcdefghij" for _ in range(3)])

    def order(seed, first_step=0, count=16):
        generator = InputGenerator(gt, 4, ALPHABET, seed=seed)
        stream = generator.dataset(endless=True, first_step=first_step, form=None)
        return [batch["lines"].tolist() for batch in plain(stream.take(count))]

    steps = 8
    whole = order(1)
    assert order(1) == whole and order(2) != whole
    assert order(1, first_step=11, count=5) == whole[11:], "resumed in the middle of the second epoch"
    assert whole[:steps] != whole[steps:] and sorted(sum(whole[:steps], [])) == sorted(sum(whole[steps:], []))
    generator = InputGenerator(gt, 4, ALPHABET, seed=1)
    dataset = generator.dataset(form=None)
    assert dataset.cardinality() == steps == generator.steps_per_epoch
    assert [batch["lines"].tolist() for _ in range(2) for batch in plain(dataset)] == whole, "each iteration is the next epoch"
    fixed = generator.dataset(train=False, form=None)
    assert lines_of(plain(fixed)) == list(range(30)) == lines_of(plain(fixed))


def noise(image, seed):
    return image + tf.random.stateless_uniform(tf.shape(image), seed, 0, 100)


def test_augmentation_is_repeatable_and_leaves_the_padding_white(make_lines):
    gt = make_lines(list("abcd"), [100, 90, 80, 70])

    def images(first_step=0, **options):
        generator = InputGenerator(gt, 4, ALPHABET, (128, 32), augment=noise)
        [batch] = generator.dataset(endless=True, first_step=first_step, form=None, **options).take(1)
        order = np.argsort(batch["lines"].numpy())
        return batch["images"].numpy()[order], batch["widths"].numpy()[order]

    first, widths = images()
    assert np.array_equal(first, images()[0])
    assert np.abs(first - images(first_step=1)[0])[:, :60].max() > 1, "another epoch, other noise"
    assert np.abs(first[0, :60] - first[1, :60]).max() > 10, "another line, other noise"
    assert all(set(image[width:].flat) == {255.0} for image, width in zip(first, widths, strict=True))
    plain_images, _ = images(train=False)
    assert set(plain_images[1, :90].flat) == {1.0}


def test_photographs_are_cropped_by_quad(tmp_path):
    image = Image.new("RGB", (200, 100), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 10, 83, 41), fill=(10, 10, 10))
    draw.rectangle((100, 50, 163, 65), fill=(60, 60, 60))
    image.save(tmp_path / "p.png")
    quads = boxes_to_quads([(20, 10, 64, 32), (100, 50, 64, 16), (0, 0, 9, 9), (0, 90, 50, 2), (0, 10, 448, 5)])
    page = Page(str(tmp_path / "p.png"), (100, 200), quads, ["a", "b", None, "c", "a"])
    generator = InputGenerator(GTUtility([page]), 1, ALPHABET, (None, 32))
    batches = plain(generator.dataset(train=False, form=None))
    assert [batch["widths"].tolist() for batch in batches] == [[64], [128]]
    assert set(batches[0]["images"].flat) == {10} and set(batches[1]["images"].flat) == {60}
    assert generator.report.counts == {"too_small": 1, "beyond_image": 1}, "twice the diagonal is 447.2 px"
    turned = Page(str(tmp_path / "p.png"), (100, 200), np.roll(quads[:1], -1, axis=1), ["a"])
    assert InputGenerator(GTUtility([turned]), 1, ALPHABET).lines.widths.tolist() == [16], "the quad says where the text begins"


def test_characters_one_below_the_other_are_no_line(tmp_path):
    """As on signs; a narrow box of one character, or of narrow ones, is a line."""
    Image.fromarray(np.full((100, 200), 255, np.uint8)).save(tmp_path / "a.png")
    boxes = {"서울": (0, 0, 30, 60), "시": (40, 0, 20, 60), "17": (70, 0, 20, 30), "가나": (90, 0, 60, 30), "다라": (90, 40, 30, 30)}
    page = Page(str(tmp_path / "a.png"), (100, 200), boxes_to_quads(list(boxes.values())), list(boxes))
    generator = InputGenerator(GTUtility([page]), 1, Alphabet("서울시가나다라17"))
    assert generator.report.counts == {"stacked": 1} and generator.report.rows[0][2] == "30 × 60 px: 서울"


def test_colour(tmp_path):
    Image.new("RGB", (64, 32), (10, 20, 30)).save(tmp_path / "c.png")
    gt = GTUtility([line_page(tmp_path / "c.png", "ab", (32, 64))])
    [batch] = plain(InputGenerator(gt, 1, ALPHABET, (64, 32), grayscale=False).dataset(form=None))
    assert batch["images"].shape == (1, 64, 32, 3) and batch["images"][0, 5, 5].tolist() == [10, 20, 30]


@pytest.mark.parametrize("grayscale", [True, False])
def test_lines_are_resized_by_the_resize_of_the_toolkit(tmp_path, grayscale):
    pixels = np.random.default_rng(0).integers(0, 256, (75, 333), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "n.png")
    gt = GTUtility([line_page(tmp_path / "n.png", "ab", (75, 333))])
    [batch] = plain(InputGenerator(gt, 1, ALPHABET, (160, 32), grayscale).dataset(form=None))
    expected, width = resize_and_pad(pixels[..., None], 32, 160)
    assert batch["widths"].tolist() == [int(width)]
    assert np.abs(batch["images"][0].transpose(1, 0, 2) - expected.numpy()).max() <= 1, "rounded to whole grey levels"


def test_words_are_joined_to_lines(make_lines):
    gt = make_lines(list("abcdefghij") * 3, [60] * 30)
    generator = InputGenerator(gt, 4, ALPHABET, (256, 32), concatenate=True, seed=3)
    batches = plain(generator.dataset(form=None))
    texts = [ALPHABET.decode(label) for batch in batches for label in batch["labels"]]
    assert sorted("".join(texts).replace(" ", "")) == sorted("abcdefghij" * 3)
    assert all(text == text.strip() and "  " not in text for text in texts)
    assert np.mean([len(text.split()) for text in texts]) > 2
    for batch in batches:
        for image, width, label, line in zip(batch["images"], batch["widths"], batch["labels"], batch["lines"], strict=True):
            words = ALPHABET.decode(label).split()
            assert 60 * len(words) + 8 * (len(words) - 1) <= width <= 256
            assert set(image[:60].flat) == {line} and set(image[width:].flat) <= {255}
            assert 255 not in image[:width], "the gap has the colour of the paper before it"
    assert generator.report.counts == {}
    many = plain(generator.dataset(endless=True, form=None).take(generator.steps_per_epoch * 3))
    assert len(many) == generator.steps_per_epoch * 3


def test_cache_on_disk_is_shared_and_whole(make_lines, tmp_path):
    gt = make_lines(list("abcd"), [100, 90, 80, 70])
    folder = tmp_path / "cache"
    first = plain(InputGenerator(gt, 2, ALPHABET, cache=folder).dataset(train=False, form=None))
    [path] = folder.iterdir()
    for name in gt.image_names:
        with open(name, "wb"):
            pass
    second = plain(InputGenerator(gt, 2, ALPHABET, cache=folder).dataset(train=False, form=None))
    assert all(np.array_equal(a["images"], b["images"]) for a, b in zip(first, second, strict=True))
    with pytest.raises(tf.errors.InvalidArgumentError):
        plain(InputGenerator(gt.subset(0, 2), 2, ALPHABET, cache=folder).dataset(form=None))
    assert path.exists(), "another selection has another file"


def test_cache_has_a_limit(make_lines):
    gt = make_lines(list("abcd"), [100, 100, 100, 100])
    generator = InputGenerator(gt, 2, ALPHABET, cache_bytes=2 * 32 * 100 + 5)
    assert sorted(lines_of(plain(generator.dataset(form=None)))) == [0, 1, 2, 3]
    cache = generator.cache
    assert (cache.held, cache.num_bytes, cache.num_filled) == (2, 6400, 2)


def test_cache_on_a_full_disk(make_lines, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full, raising=False)
    with pytest.raises(OSError, match="cache of lines needs its space. Received: 3,201 bytes.*Free the space"):
        InputGenerator(make_lines(["ab"]), 1, ALPHABET, cache=tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
