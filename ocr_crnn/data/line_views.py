"""Views of a line image that keep the order: what stands left of another mark stays left of it, at the same share of the width."""

import cv2
import numpy as np

WIDTHS, SHEARS = (0.95, 1.05), (-0.1, 0.1)
CROPPED = 0.25  # of the height, above and below together at most
ENLARGED = 0.1  # of the height, paper above and below together at most
INK = 0.5  # the largest share of a 3 × 3 darkening or a 2 × 2 lightening
BLURS = (0.3, 1.2)  # sigma in pixels


def view_line(rng, image, widest=None):
    """uint8 `(height, width)`, dark on light → a view of the same height: cropped or enlarged in height, bolder or thinner, paler, noisy.

    rng: np.random.Generator. widest: pixels that the view has at most. Nothing is moved along the line but by the width, which changes by
    5 % at most, and a slant of 0.1; so a frame of one view is that of another at the same share of its width.
    """
    height, width = image.shape
    new_width = max(round(width * rng.uniform(*WIDTHS)), 1)
    new_width = new_width if widest is None else min(new_width, max(widest, 1))
    above, below = rng.uniform(-ENLARGED / 2, CROPPED / 2, 2) * height  # of what is cut off; less than none adds paper
    shear, rise = rng.uniform(*SHEARS), height / (height - above - below)
    across = new_width / width
    move = np.array([[across, shear, -shear * height / 2], [0, rise, -above * rise]], np.float32)
    view = cv2.warpAffine(image, move, (new_width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    ink = rng.uniform(-INK, INK)
    extreme = cv2.erode(view, np.ones((3, 3))) if ink > 0 else cv2.dilate(view, np.ones((2, 2)))
    view += abs(ink) * (extreme - view)
    effect = rng.random()
    if effect < 0.4:
        view = cv2.GaussianBlur(view, (0, 0), rng.uniform(*BLURS))
    elif effect < 0.6:
        view += rng.uniform(0.2, 0.5) * (view - cv2.GaussianBlur(view, (0, 0), 1.0))  # sharper
    view = 255 - rng.uniform(0.5, 1.1) * (255 - view) + rng.uniform(-30, 10) + rng.normal(0, rng.uniform(0, 12), view.shape)
    return np.clip(view, 0, 255).astype(np.uint8)
