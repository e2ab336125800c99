import numpy as np

from ocr_crnn.layers.sequence import ColumnsToFrames


def test_a_frame_is_a_projection_of_its_own_column():
    layer = ColumnsToFrames(3)
    maps = np.random.default_rng(0).normal(size=(2, 5, 4, 6)).astype(np.float32)
    frames = np.asarray(layer(maps))
    expected = maps.reshape(2, 5, 24) @ np.asarray(layer.projection.kernel)
    np.testing.assert_allclose(frames, expected, rtol=1e-4, atol=1e-5)
    assert frames.shape == layer.compute_output_shape(maps.shape)
