"""What a score means: the probability of having read right, by a curve that benchmarks/confidence.py fits on rendered lines."""

import numpy as np

PLAIN = (1.0, 0.0)  # the network's own probabilities
LEAST = 1e-6  # probabilities nearer to 0 and 1 than this count as so near


def calibrate(scores, calibration=PLAIN):
    """Scores 0..1 → the probabilities that they stand for, float32: sigmoid(slope · logit(score) + offset). calibration: (slope, offset).

    Source: Platt, Probabilistic outputs for support vector machines (1999). It keeps the order, so the least stays the least.
    """
    slope, offset = calibration
    scores = np.asarray(scores, np.float32)
    if tuple(calibration) == PLAIN:
        return scores
    inner = np.clip(scores.astype(np.float64), LEAST, 1 - LEAST)
    return (1 / (1 + np.exp(-slope * np.log(inner / (1 - inner)) - offset))).astype(np.float32)


def fit_calibration(scores, right, rounds=50):
    """The (slope, offset) under which it is likeliest that these scores were right where `right`, bool, says so, by Newton's method."""
    inner = np.clip(np.asarray(scores, np.float64), LEAST, 1 - LEAST)
    inputs = np.stack([np.log(inner / (1 - inner)), np.ones_like(inner)])  # (2, n)
    found, right = np.array(PLAIN), np.asarray(right, np.float64)
    for _ in range(rounds):
        likely = 1 / (1 + np.exp(-found @ inputs))
        curvature = (inputs * likely * (1 - likely)) @ inputs.T + 1e-3 * np.eye(2)
        found = found + np.linalg.solve(curvature, inputs @ (right - likely) - 1e-3 * (found - PLAIN))
    return tuple(found.tolist())
