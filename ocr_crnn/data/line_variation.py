"""A line image once more, a little different: what makes two hundred lines of one's own last for hundreds of batches. NumPy and OpenCV."""

import cv2
import numpy as np

WIDTHS, HEIGHTS, SHEARS, SHIFT_PX = (0.85, 1.18), (0.88, 1.08), (-0.2, 0.2), 1.5
INK = 0.6  # the largest share of a 3 × 3 darkening or a 2 × 2 lightening
BLURRED = 0.3  # share of the lines


def vary_line(rng, image):
    """uint8 `(height, width)`, dark on light → the same height, up to a sixth wider or narrower, slanted, bolder or thinner, paler, noisy.

    rng: np.random.Generator. The strengths are drawn so that a person reads every line that was readable. On 200 lines of Hi Melody
    (`python benchmarks/finetune.py`) fewer errors are left with it than without.
    """
    height, width = image.shape
    stretch, rise, shear = rng.uniform(*WIDTHS), rng.uniform(*HEIGHTS), rng.uniform(*SHEARS)
    down = (1 - rise) * height / 2 + rng.uniform(-SHIFT_PX, SHIFT_PX)
    transform = np.array([[stretch, shear, -shear * height / 2], [0, rise, down]], np.float32)
    size = (max(round(width * stretch), 1), height)
    varied = cv2.warpAffine(image, transform, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    ink = rng.uniform(-INK, INK)
    extreme = cv2.erode(varied, np.ones((3, 3))) if ink > 0 else cv2.dilate(varied, np.ones((2, 2)))
    varied += abs(ink) * (extreme - varied)
    if rng.random() < BLURRED:
        varied = cv2.GaussianBlur(varied, (0, 0), rng.uniform(0.3, 0.9))
    varied = varied * rng.uniform(0.8, 1.1) + rng.uniform(-15, 15) + rng.normal(0, rng.uniform(0, 8), varied.shape)
    return np.clip(varied, 0, 255).astype(np.uint8)
