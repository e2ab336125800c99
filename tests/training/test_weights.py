import h5py
import keras
import numpy as np
import pytest

from ocr_crnn.training.weights import count_weights, load_weights


def network(units=2):
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(units)])


def test_weights_are_loaded_and_counted(tmp_path):
    first, second = network(), network()
    first.save_weights(tmp_path / "a.weights.h5")
    load_weights(second, tmp_path / "a.weights.h5")
    np.testing.assert_array_equal(first.get_weights()[0], second.get_weights()[0])
    assert count_weights(tmp_path / "a.weights.h5") == 8


def test_damaged_and_other_weights_are_told_in_words(tmp_path):
    path = tmp_path / "a.weights.h5"
    network().save_weights(path)
    with pytest.raises(ValueError, match=r"are those of the network. Received: .*a\.weights\.h5 for Sequential: .* Take the"):
        load_weights(network(4), path)
    with h5py.File(path, "r+") as file:
        file["elsewhere"] = h5py.ExternalLink("/etc/passwd", "/")
    with pytest.raises(ValueError, match="leads elsewhere"):
        load_weights(network(), path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ValueError, match="whole HDF5 file"):
        load_weights(network(), path)
