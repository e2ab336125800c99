import keras
import numpy as np
import pytest

from ocr_crnn.detection.pan import PAN
from ocr_crnn.detection.spotting import PANSpotter
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.layers.regions import region_widths

TINY = {"units": 16, "num_blocks": 1, "num_heads": 2, "rank": 4}


@pytest.fixture(scope="module")
def spotter():
    keras.utils.set_random_seed(1)
    return PANSpotter(5, [0, 1, -1, -1, -1], **TINY, name="pan_spotter")


@pytest.fixture(scope="module")
def writer():
    keras.utils.set_random_seed(1)
    return PANSpotter(5, [0, 1, -1, -1, -1], **TINY, codec="attention", steps=16, name="pan_spotter")


def read(network, image, quads, labels=None):
    features = network.features(image)
    widths = region_widths(quads)
    labels = np.zeros((1, *features["maps"].shape[1:3]), np.int32) if labels is None else labels
    own = np.arange(1, len(quads) + 1)
    region = network.regions(features, labels, 0 * own, own, quads, widths, 64)
    return np.array(network.reader({"region": region, "width": keras.ops.convert_to_tensor(widths)}))


def test_it_has_the_layers_of_pan_and_gives_its_maps(spotter):
    pan = PAN(name="pan")
    assert [layer.name for layer in pan.layers] == [layer.name for layer in spotter.layers]
    pan.set_weights([v.numpy() for v in spotter.variables if v.path in {w.path for w in pan.variables}])
    image = np.random.default_rng(0).uniform(0, 255, (1, 70, 90, 3)).astype(np.float32)
    maps = np.array(spotter(image, training=False))
    assert maps.shape == (1, 18, 23, 6)
    np.testing.assert_allclose(maps, pan(image, training=False), atol=1e-5)
    # Folded it finds and reads the same.
    folded, quads = spotter.fold(), np.float32(boxes_to_quads([[8, 8, 40, 20]]))
    assert folded.fold() is folded and folded.get_config() == spotter.get_config() | {"folded": True}
    np.testing.assert_allclose(folded(image), maps, atol=1e-3)
    logits = np.array(read(spotter, image, quads))
    assert logits.shape == (1, 32, 5)
    np.testing.assert_allclose(read(folded, image, quads), logits, atol=1e-3)


def test_a_region_reads_the_same_beside_longer_ones(spotter):
    image = np.random.default_rng(1).uniform(0, 255, (1, 64, 96, 3)).astype(np.float32)
    quads = np.float32(boxes_to_quads([[8, 8, 20, 20], [8, 32, 64, 20]]))
    both, alone = read(spotter, image, quads), read(spotter, image, quads[:1])
    np.testing.assert_allclose(both[0, :8], alone[0, :8], atol=1e-4)


def test_one_syllable_place_a_class():
    with pytest.raises(ValueError, match="one syllable place a class"):
        PANSpotter(4, [0, 1])
    with pytest.raises(ValueError, match="codec is one of ctc, attention"):
        PANSpotter(4, codec="beam")
    with pytest.raises(ValueError, match="steps is a whole number from 2"):
        PANSpotter(4, codec="attention", steps=1)


def test_by_attention_it_writes_so_many_steps_and_reads_them_told_the_same(writer):
    rng = np.random.default_rng(0)
    inputs = {"region": rng.normal(size=(2, 48, 16, writer.reader.get_config()["channels"])), "width": np.int32([48, 20])}
    inputs = keras.tree.map_structure(keras.ops.convert_to_tensor, inputs)
    logits, centres = (np.array(written) for written in (writer.reader(inputs)[name] for name in ("logits", "centres")))
    assert (logits.shape, centres.shape) == ((2, 16, 5), (2, 16))
    assert (centres > 0).all() and (centres < [[24], [10]]).all()
    ids = logits.argmax(axis=-1)
    there = np.cumsum(ids == 4, axis=1) - (ids == 4) == 0
    told = np.array(writer.reader({**inputs, "label": np.concatenate([[[5]] * 2, ids[:, :-1]], axis=1)}))
    np.testing.assert_allclose(told[there], logits[there], atol=1e-4)
    assert writer.codec == "attention" and writer.count_frames(np.array([1, 64, 65])).tolist() == [16, 16, 0] and writer.widest == 64
    folded = writer.fold()
    assert folded.get_config() == writer.get_config() | {"folded": True}
    for one, other in zip(folded.reader.get_weights(), writer.reader.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_both_decoders_look_at_the_same_layers(spotter, writer):
    shared = {v.path for v in spotter.reader.variables if not v.path.startswith("head/")}
    assert {v.path for v in writer.reader.variables if not v.path.startswith("decoder/")} == shared
