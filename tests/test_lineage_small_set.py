"""The cells of the lineage's notebook on sets smaller than a batch, as written there, with the imports changed."""

import editdistance
import keras
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from ocr_crnn import CRNN, GTUtility, InputGenerator, Page, decode
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.training.callbacks import Logger, ModelCheckpoint, ModelSnapshot
from ocr_crnn.training.optimizers import SGD

ALPHABET = "0123456789 _"


@pytest.fixture
def gt_util_val(tmp_path):
    pages = []
    for text in ("12", "345", "67 89"):
        image = Image.new("L", (18 * len(text) + 12, 32), 255)
        ImageDraw.Draw(image).text((6, 0), text, 0, ImageFont.load_default(26))
        image.save(tmp_path / f"{text}.png")
        quads = boxes_to_quads([(0, 0, *image.size)])
        pages.append(Page(str(tmp_path / f"{text}.png"), (image.height, image.width), quads, [text]))
    return GTUtility(pages)


def test_the_test_cell(gt_util_val):
    batch_size = 8
    model_pred = CRNN((128, 32, 1), len(ALPHABET), prediction_only=True, cnn=True)
    max_string_len = model_pred.output_shape[1]
    gen_val = InputGenerator(
        gt_util_val, batch_size, ALPHABET, (128, 32), grayscale=True, max_string_len=max_string_len
    )
    d = next(gen_val.generate())
    res = model_pred.predict(d[0]["image_input"], verbose=0)
    mean_ed = 0
    for i in range(batch_size):
        chars = [ALPHABET[c] for c in np.argmax(res[i], axis=1)]
        gt_str = d[0]["source_str"][i]
        res_str = decode(chars)
        ed = editdistance.eval(gt_str, res_str)
        assert ed == Levenshtein.distance(str(gt_str), res_str) and len(gt_str) in (2, 3, 5)
        mean_ed += ed
    assert len(res) == batch_size and np.isfinite(mean_ed / len(res))


def test_the_training_cell(gt_util_val, tmp_path, capsys):
    batch_size, checkdir = 8, tmp_path / "run"
    checkdir.mkdir()
    keras.utils.set_random_seed(0)
    model, model_pred = CRNN((128, 32, 1), len(ALPHABET), cnn=True)
    gen = InputGenerator(
        gt_util_val, batch_size, ALPHABET, (128, 32), grayscale=True, max_string_len=model_pred.output_shape[1]
    )
    optimizer = SGD(lr=0.001, decay=1e-6, momentum=0.9, nesterov=True, clipnorm=5)
    model.compile(loss={"ctc": lambda y_true, y_pred: y_pred}, optimizer=optimizer)
    history = model.fit_generator(
        generator=gen.generate(),
        steps_per_epoch=gt_util_val.num_objects // batch_size,
        epochs=2,
        validation_data=gen.generate(),
        validation_steps=gt_util_val.num_objects // batch_size,
        callbacks=[
            ModelCheckpoint(f"{checkdir}/weights.{{epoch:03d}}.h5", verbose=1, save_weights_only=True),
            ModelSnapshot(checkdir, 10000),
            Logger(checkdir),
        ],
        initial_epoch=0,
        verbose=0,
    ).history
    assert (
        len(history["loss"]) == len(history["val_loss"]) == 2
        and np.isfinite(history["loss"] + history["val_loss"]).all()
    )
    assert "validation_steps: 1 for 0" in capsys.readouterr().out
    assert {path.name for path in checkdir.iterdir()} == {"weights.001.h5", "weights.002.h5", "history.csv", "log.csv"}
    expected = model.get_weights()
    model.load_weights(checkdir / "weights.002.h5")
    for a, b in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(a, b)
