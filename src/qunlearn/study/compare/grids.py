"""What is tried of every method: a small grid. One line in `GRIDS`, or the usual learning rates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import product
from types import MappingProxyType

from qunlearn._types import JsonObject
from qunlearn.methods import METHODS

RATES = (0.02, 0.05, 0.1)
"""Learning rates of methods that descend by Adam; training's own peak is 0.1."""

GRIDS: Mapping[str, Mapping[str, tuple[object, ...]]] = MappingProxyType(
    {
        "bad_teacher": {"learning_rate": RATES, "temperature": (1.0, 4.0)},
        "cf_k": {"learning_rate": RATES, "k": (1, 3)},
        "complement_label": {"learning_rate": RATES, "beta": (0.3, 1.0)},
        "constrained": {"batch": (5,), "epsilon": (0.005, 0.02, 0.05)},
        "distribution_guided": {"learning_rate": RATES, "lam": (1.0, 3.0)},
        "eu_k": {"learning_rate": RATES, "k": (1, 3)},
        "fed_eraser": {"learning_rate": RATES, "interval": (1, 2)},
        "fisher_ewc_ascent": {"learning_rate": (0.002, 0.005, 0.02), "lam": (10.0, 100.0)},
        "fisher_forgetting": {"alpha": (1e-6, 1e-5, 1e-4, 1e-3)},
        "gauss_newton_replay": {},
        "gradient_ascent": {"learning_rate": (0.005, 0.02, 0.05)},
        "influence_newton": {"curvature": ("fisher",), "rho": (0.01, 0.1, 1.0)},
        "natural_gradient": {"batch": (1,), "learning_rate": (0.2, 0.5, 1.0)},
        "neggrad_plus": {"learning_rate": RATES, "beta": (0.8, 0.95)},
        "random_label": {"learning_rate": RATES, "beta": (0.3, 1.0)},
        "scrub": {"learning_rate": RATES, "forget_weight": (0.3, 1.0)},
        "sensitivity_noise": {"learning_rate": RATES, "epsilon": (0.1, 1.0)},
        "similar_label": {"learning_rate": RATES, "alpha": (0.3, 1.0)},
        "ssd": {"alpha": (1.0, 1.5, 2.0), "lam": (0.3, 1.0)},
    }
)
"""Values of the fields that are varied, in all combinations; every other field keeps its default.

`gauss_newton_replay` has nothing to vary: its defaults were chosen beforehand, on validation samples of other
seeds.
"""


def grid_of(method: str) -> Mapping[str, tuple[object, ...]]:
    """The grid of `method`: its line in `GRIDS`, or else `RATES` where it has a learning rate."""
    if method in GRIDS:
        return GRIDS[method]
    names = {field.name for field in fields(METHODS[method])}
    return {"learning_rate": RATES} if "learning_rate" in names else {}


def settings(grid: Mapping[str, Sequence[object]]) -> Iterator[JsonObject]:
    """Every combination of a grid's values; one empty setting for an empty grid."""
    for values in product(*grid.values()):
        yield dict(zip(grid, values, strict=True))
