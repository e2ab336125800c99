import numpy as np
import pytest


@pytest.fixture
def ramp():
    """Red grows to the right, green downwards."""
    y, x = np.mgrid[:20, :30]
    return np.stack([x * 8, y * 12, np.full_like(x, 40)], axis=-1).astype(np.uint8)
