import keras
import numpy as np
import pytest

from ocr_crnn.layers.convolution import conv_bn, fold_batch_norm


def network(folded, kernel_size=3, names=("a", "b")):
    images = x = keras.Input((None, None, 2))
    for name in names:
        x = conv_bn(x, 3, kernel_size, name=name, folded=folded)
    return keras.Model(images, x)


def test_a_normalisation_melts_into_the_convolution():
    """γ / √(variance + ε) = 6 / √9 = 2: the kernel 5 becomes 10, the bias 1 − 4 · 2 = −7."""
    trained, folded = network(False, 1, ("a",)), network(True, 1, ("a",))
    trained.get_layer("a_conv").set_weights([np.full((1, 1, 2, 3), 5.0)])
    trained.get_layer("a_bn").set_weights([np.full(3, value) for value in (6.0, 1.0, 4.0, 9 - 1e-5)])
    kernel, bias = fold_batch_norm(trained, folded).get_layer("a_conv").get_weights()
    np.testing.assert_allclose(kernel, 10, rtol=1e-6)
    np.testing.assert_allclose(bias, -7, rtol=1e-6)


def test_the_folded_network_gives_the_same():
    rng = np.random.default_rng(0)
    trained = network(False)
    for name in ("a_bn", "b_bn"):
        trained.get_layer(name).set_weights([rng.uniform(0.5, 2, 3) for _ in range(4)])
    pixels = rng.normal(size=(2, 7, 5, 2)).astype(np.float32)
    np.testing.assert_allclose(fold_batch_norm(trained, network(True))(pixels), trained(pixels), atol=1e-5)


def test_another_network_is_refused():
    with pytest.raises(ValueError, match="Received: c_conv, not in the trained one"):
        fold_batch_norm(network(False), network(True, names=("a", "c")))


@pytest.mark.parametrize(("side", "out"), [(8, 4), (7, 4)])
def test_strides_round_up(side, out):
    assert conv_bn(keras.Input((side, 2 * side, 1)), 3, strides=2, activation=None, name="a").shape[1] == out
