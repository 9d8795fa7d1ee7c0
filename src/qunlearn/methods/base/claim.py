"""What an unlearning result may claim, and why: the method's tier, or less where its preconditions fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import jax
import numpy as np
from jax import Array

Tier: TypeAlias = Literal["exact", "certified", "certified-local", "empirical"]


@partial(
    jax.tree_util.register_dataclass,
    data_fields=("holds", "values"),
    meta_fields=("promised", "met", "failed"),
)
@dataclass(frozen=True, eq=False)
class Claim:
    """A tier, whether its preconditions were met, and the numbers that say so.

    promised: the tier where the preconditions hold; holds (bool): whether they do; values: named numbers.
    met, failed: what is said in either case, with the values filled in by `str.format`. After `jax.vmap` over
    a hyper-parameter `holds` and `values` have the mapped axis first, and belong to no single claim.
    """

    promised: Tier
    holds: bool | np.bool_ | Array | np.ndarray
    values: Mapping[str, float | Array | np.ndarray]
    met: str
    failed: str

    @property
    def tier(self) -> Tier:
        """The tier that was reached: the promised one, or `empirical`."""
        return self.promised if bool(self.holds) else "empirical"

    @property
    def sentence(self) -> str:
        """The claim in words; a downgrade begins by saying so."""
        numbers = {name: float(np.asarray(value)) for name, value in self.values.items()}
        if bool(self.holds):
            return f"{self.promised}: {self.met.format(**numbers)}"
        return f"NOT {self.promised}, only empirical: {self.failed.format(**numbers)}"

    def to_dict(self) -> dict[str, Any]:
        """Promised and reached tier, the sentence and the numbers, JSON-ready."""
        numbers = {name: float(np.asarray(value)) for name, value in self.values.items()}
        return {
            "promised": self.promised,
            "reached": self.tier,
            "sentence": self.sentence,
            "values": {name: value if np.isfinite(value) else None for name, value in numbers.items()},
        }
