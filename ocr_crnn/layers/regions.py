"""Regions of feature maps along quads: RoIAlign for text that lies at any angle, with what belongs to other texts taken away.

After the masked RoI of PAN++ (Wang et al., 2021, arXiv 2105.00405, section 3.5), with these deviations: it is sampled along the text's quad
and not in its upright box, with the aspect of the text kept; and instead of what is not the text's own, what is another text's is 0. The
ends of strokes that the text's own mask does not reach stay so, and of two texts that touch neither sees the other.
"""

import numpy as np
from keras import ops

ROWS = 16  # of a region, each as high as a column is wide


def region_widths(quads, xp=np):
    """Columns of the regions of quads `(n, 4, 2)`, clockwise from the text's own top-left: int32 `(n,)`, at least 1.

    xp: NumPy or keras.ops.
    """
    quads = xp.reshape(xp.array(quads, "float32"), (-1, 4, 2))
    lengths = xp.sqrt(xp.sum((quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]) ** 2, axis=1))
    heights = xp.sqrt(xp.sum((quads[:, 3] - quads[:, 0] + quads[:, 2] - quads[:, 1]) ** 2, axis=1))
    return xp.array(xp.maximum(xp.ceil(ROWS * lengths / xp.maximum(heights, 1e-6) - 1e-3), 1), "int32")


def region_points(quads, widths, rows, columns):
    """Where regions are sampled: float32 `(regions, columns, rows, 2)`, (x, y) in image pixels.

    quads: `(regions, 4, 2)`, clockwise from the text's own top-left. widths: int `(regions,)`, the columns that the length of each quad is
    divided into; points of the columns beyond lie where its last one does.
    """
    widths = ops.cast(ops.maximum(widths, 1), "float32")[:, None]
    along = ops.minimum((ops.arange(columns, dtype="float32")[None] + 0.5) / widths, 1.0 - 0.5 / widths)[:, :, None, None]
    down = ((ops.arange(rows, dtype="float32") + 0.5) / rows)[None, None, :, None]
    a, b, c, d = (quads[:, corner][:, None, None] for corner in range(4))  # each (regions, 1, 1, 2)
    return (1 - down) * ((1 - along) * a + along * b) + down * ((1 - along) * d + along * c)


def sample_regions(maps, labels, images, own, points, stride):
    """Maps at points, bilinear: `(regions, columns, rows, channels)`; constant beyond the border of a map.

    maps: `(batch, height, width, channels)`, of so many image pixels a cell as `stride` says.
    labels: int `(batch, label height, label width)`, the text of each cell of 4 × 4 pixels, 0 for none: a cell of another text is 0. None:
        nothing is.
    images, own: int `(regions,)`, the image of each region and its own label. points: `(regions, columns, rows, 2)`.
    """
    height, width, channels = *ops.shape(maps)[1:3], maps.shape[-1]
    cells = points / stride - 0.5
    corner = ops.floor(cells)
    right, down = ops.unstack(cells - corner, axis=-1)  # each (regions, columns, rows)
    x, y = ops.unstack(ops.cast(corner, "int32"), axis=-1)
    flat = ops.reshape(maps, (-1, channels))
    images = ops.cast(images, "int32")[:, None, None]
    result = 0.0
    for beside, below in ((0, 0), (1, 0), (0, 1), (1, 1)):
        column, row = ops.clip(x + beside, 0, width - 1), ops.clip(y + below, 0, height - 1)
        weight = (right if beside else 1 - right) * (down if below else 1 - down)
        if labels is not None:
            label = _labels_at(labels, images, row * stride // LABEL_STRIDE, column * stride // LABEL_STRIDE)
            mine = ops.logical_or(label == 0, label == ops.cast(own, "int32")[:, None, None])
            weight = weight * ops.cast(mine, weight.dtype)
        values = ops.take(flat, (images * height + row) * width + column, axis=0)  # (regions, columns, rows, channels)
        result = result + values * ops.cast(weight[..., None], values.dtype)
    return result


LABEL_STRIDE = 4


def _labels_at(labels, images, row, column):
    height, width = ops.shape(labels)[1:3]
    row, column = ops.minimum(row, height - 1), ops.minimum(column, width - 1)
    return ops.take(ops.reshape(ops.cast(labels, "int32"), (-1,)), (images * height + row) * width + column, axis=0)
