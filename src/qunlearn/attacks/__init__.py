"""Attacks: what does a model still give away? Scores of samples in, one evaluation for all.

`references` (which trains the attacker's models) and `relearning` need JAX; nothing else here does.
"""

from qunlearn.attacks.attack import Attack, References
from qunlearn.attacks.curve import AttackResult, Rate, evaluate_attack, roc
from qunlearn.attacks.exposure import attack_models, vulnerable
from qunlearn.attacks.membership import ATTACKS, MEMBERSHIP

__all__ = [
    "ATTACKS",
    "MEMBERSHIP",
    "Attack",
    "AttackResult",
    "Rate",
    "References",
    "attack_models",
    "evaluate_attack",
    "roc",
    "vulnerable",
]
