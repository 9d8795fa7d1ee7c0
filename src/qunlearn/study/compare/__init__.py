"""`compare`: every method under equal budgets, beside doing nothing and retraining, over seeds."""

from qunlearn.study.compare.comparison import compare, folder_name

__all__ = ["compare", "folder_name"]
