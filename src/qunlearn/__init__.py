"""qunlearn: train variational quantum classifiers, unlearn data, and measure closeness to retraining."""

__version__ = "0.1.0"
