"""Four normal clouds of two classes, drawn once: data of which everything is known."""

import numpy as np

from qunlearn.data.dataset import Dataset
from qunlearn.data.randomness import generator

ROWS_PER_CLOUD = 125
APART = 1.5
"""Distance of a cloud's centre from 0 along its main axis, in standard deviations."""


def synthetic() -> Dataset:
    """500 rows of four columns. Each class has two normal clouds with unit covariance.

    Their centres are (a, 0, a/2, 0) and (0, a, 0, a/2) for class 0, the negatives for class 1, a = 1.5. The
    plane through 0 with normal (2, 2, 1, 1) is right with probability Φ(5a / (2√10)) = 0.88. Always the same
    rows, cloud by cloud.
    """
    a, rng = APART, generator(0, "synthetic")
    clouds = np.array([[a, 0, a / 2, 0], [0, a, 0, a / 2]])
    centres = np.concatenate([clouds, -clouds]).repeat(ROWS_PER_CLOUD, axis=0)
    x = centres + rng.normal(size=centres.shape)
    classes = np.array([0, 1]).repeat(2 * ROWS_PER_CLOUD)
    return Dataset("synthetic", x, classes, ("x1", "x2", "x3", "x4"), ("positive", "negative"), ("0", "1"))
