"""Maps from labels: exact ones are found again, wrong pairs are left out, too few or none give none."""

import numpy as np
import pytest

from ocr_crnn.reading.templates.transform import apply, place_labels

GRID = np.stack(np.meshgrid(np.arange(5) * 200.0, np.arange(6) * 150.0), axis=-1).reshape(-1, 2) + np.arange(30)[:, None] % 7
HEIGHTS = np.full(30, 20.0)
TURNED = np.array([[1.9, -0.2, 40], [0.2, 1.9, -30], [0, 0, 1]])
TILTED = np.array([[1.0, 0.05, 20], [0.02, 1.1, 10], [6e-5, -4e-5, 1]])


def place(seen, anchors=None, scale=1.0):
    anchors = np.arange(len(seen)) if anchors is None else np.array(anchors)
    return place_labels(GRID, HEIGHTS, anchors, seen, np.full(len(seen), 20.0 * scale))


@pytest.mark.parametrize(("matrix", "scale"), [(np.eye(3), 1.0), (TURNED, 1.9), (TILTED, 1.0)])
def test_exact_labels_give_the_map(matrix, scale):
    placement = place(apply(matrix, GRID), scale=scale)
    assert len(placement.anchors) == 30
    corners = np.array([[0, 0], [900, 0], [900, 900], [0, 900.0]])
    np.testing.assert_allclose(placement.move(corners), apply(matrix, corners), atol=0.6)


def test_wrong_pairs_are_left_out():
    rng = np.random.default_rng(1)
    seen = apply(TURNED, GRID) + rng.normal(0, 2, (30, 2))
    wrong = rng.choice(30, 9, replace=False)
    seen[wrong] = rng.uniform(0, 1800, (9, 2))
    placement = place(seen, scale=1.9)
    assert set(placement.anchors) >= set(range(30)) - set(wrong) - {0} and len(placement.anchors) <= 23
    assert np.abs(placement.move(GRID) - apply(TURNED, GRID)).max() < 12


def test_a_label_seen_at_two_places_takes_the_right_one():
    seen = np.concatenate([apply(TURNED, GRID), [[5.0, 5.0], [900.0, 40.0]]])
    placement = place(seen, [*range(30), 3, 17], scale=1.9)
    assert placement.places.tolist() == list(range(30))


def test_a_bent_sheet_is_followed():
    bend = np.stack([np.zeros(30), 8 * np.sin(GRID[:, 0] / 250)], axis=-1)
    placement = place(GRID + bend)
    off = np.abs(placement.move(GRID) - GRID - bend)
    assert off.max() < 6 and off.mean() < 0.6 * np.abs(placement.residuals_px).mean() + 0.5


def test_too_few_labels_have_no_place():
    assert place(GRID[:1]) is None and place(GRID[:0]) is None
    assert place(np.tile(GRID[:1], (4, 1))) is None  # all at one place
