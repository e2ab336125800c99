"""What the tests of pairs of stages share: a drawn page, random quads, and a function as a graph."""

import numpy as np
import tensorflow as tf
from PIL import Image
from served import draw_page

PX = 5e-4  # of quads on a page of two thousand pixels, where neighbouring float32 are 1.2e-4 apart
PAGE = draw_page(640, 800)
GREY = np.asarray(Image.fromarray(PAGE).convert("L"))
GREY_IMAGE, QUADS = tf.TensorSpec((None, None), tf.uint8), tf.TensorSpec((None, 4, 2), tf.float32)


def in_graph(function, *specs):
    return tf.function(function, autograph=False, input_signature=specs)


def random_quads(count, seed, noise=1.0):
    """Rectangles in any direction from a speck to a line on a page of two thousand pixels, their corners a little off."""
    rng = np.random.default_rng(seed)
    angles = np.where(rng.random(count) < 0.5, rng.normal(0, 0.03, count), rng.uniform(-np.pi, np.pi, count))
    along = np.stack([np.cos(angles), np.sin(angles)], axis=1) * rng.uniform(1, 900, (count, 1))
    down = np.stack([-np.sin(angles), np.cos(angles)], axis=1) * rng.uniform(1, 90, (count, 1))
    start = rng.uniform(0, 2000, (count, 2))
    corners = np.stack([start, start + along, start + along + down, start + down], axis=1)
    return np.float32(corners + rng.normal(0, noise, corners.shape))
