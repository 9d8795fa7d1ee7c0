"""The judgement: plan, criteria, equivalence and verdict, of models of this package and of predictions."""

LEAST_GOLD = 3
"""Gold models below which there is neither a spread nor a verdict."""
