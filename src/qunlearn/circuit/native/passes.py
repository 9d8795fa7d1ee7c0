"""Rotations grouped into passes over the state: up to three Y rotations, then one table of phases.

Three rotations at a time read and write each amplitude once for eight (radix 8); any number of commuting Z
rotations becomes one multiplication by a table indexed by the parities that they read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from qunlearn.circuit.frame import Rotation, odd

ROTATIONS_PER_PASS = 3
# Parities that a table is indexed by: it has 2^rank phases, and samples have such a table each.
_MODEL_RANK, _SAMPLE_RANK = 10, 6


@dataclass
class Pass:
    """Y rotations on separate bits, then Z rotations, all by parameters or all by features."""

    rotations: list[Rotation] = field(default_factory=list)
    phases: list[Rotation] = field(default_factory=list)

    @property
    def per_sample(self) -> bool:
        return any(z.per_sample for z in self.phases)

    def admits(self, rotation: Rotation) -> bool:
        """Whether a Y rotation may join: it passes the phases, and acts on a bit of its own."""
        separate = all(
            not odd(y.parity & rotation.flip) and not odd(y.flip & rotation.parity) for y in self.rotations
        )
        return len(self.rotations) < ROTATIONS_PER_PASS and separate and _all_commute(self.phases, rotation)

    def admits_phase(self, phase: Rotation) -> bool:
        """Whether a Z rotation may join the table of phases."""
        if self.phases and self.per_sample != phase.per_sample:
            return False
        limit = _SAMPLE_RANK if phase.per_sample else _MODEL_RANK
        return rank(z.parity for z in [*self.phases, phase]) <= limit


def schedule(rotations: Sequence[Rotation]) -> list[Pass]:
    """Each rotation in the last pass that may take it, or in a new one; equal ones are added up."""
    passes: list[Pass] = []
    for rotation in rotations:
        if not _merge(passes, rotation):
            (_place_y if rotation.flip else _place_z)(passes, rotation)
    return passes


def _merge(passes: list[Pass], rotation: Rotation) -> bool:
    """Add the angle to an earlier rotation about the same word, if all between them commutes with it."""
    for step in reversed(passes):
        for group in (step.phases, step.rotations):
            for i, other in enumerate(group):
                same = (other.flip, other.parity) == (rotation.flip, rotation.parity)
                if same and (rotation.flip or other.per_sample == rotation.per_sample):
                    group[i] = replace(
                        other,
                        terms=other.terms + rotation.terms,
                        per_sample=other.per_sample or rotation.per_sample,
                    )
                    return True
            if not _all_commute(group, rotation):
                return False
    return False


def _place_y(passes: list[Pass], rotation: Rotation) -> None:
    for step in reversed(passes):
        if step.admits(rotation):
            step.rotations.append(rotation)
            return
        if not _all_commute([*step.phases, *step.rotations], rotation):
            break
    passes.append(Pass(rotations=[rotation]))


def _place_z(passes: list[Pass], rotation: Rotation) -> None:
    for step in reversed(passes):
        if step.admits_phase(rotation):
            step.phases.append(rotation)
            return
        if not _all_commute(step.rotations, rotation):
            break
    passes.append(Pass(phases=[rotation]))


def _all_commute(group: Iterable[Rotation], rotation: Rotation) -> bool:
    return all(rotation.commutes(other) for other in group)


def rank(words: Iterable[int]) -> int:
    """The number of words that are independent over GF(2)."""
    basis: list[int] = []
    for word in words:
        for b in basis:
            word = min(word, word ^ b)  # clears b's highest bit, which no later member has
        if word:
            basis.append(word)
    return len(basis)
