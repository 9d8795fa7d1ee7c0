"""What a fused program computes side by side, because few large operations compile and run faster.

A *factor* is a matrix that is applied at once: that of a dense gate, or the Kronecker product of runs of one
kind on neighbouring wires. A *family* is all factors of one kind, whatever step they belong to. A *column* is
the angle that the same gate reads in all runs of a family, or in all rotations of a phase step that read the
same source.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby, pairwise
from typing import TypeAlias, TypeVar

from qunlearn.circuit.circuit import Angle, Feature
from qunlearn.circuit.fuse import Program
from qunlearn.circuit.steps import Dense, Local, Phase, Rotation, Run, Step

# Wires in one factor, by measurement: a matrix of its own for every sample costs more to make than it saves.
SHARED_FACTOR_WIRES, SAMPLE_FACTOR_WIRES = 4, 2

Column: TypeAlias = tuple[Angle, ...]
Factor: TypeAlias = tuple[Run, ...]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Family:
    """Factors whose runs all have the same gates, with angles from the same sources."""

    factors: tuple[Factor, ...]

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The first run of every factor, then the second of every factor, and so on."""
        return tuple(run for position in zip(*self.factors, strict=True) for run in position)

    @cached_property
    def columns(self) -> tuple[tuple[Column, ...], ...]:
        """For each gate of a run, the columns of its angles."""
        gates = zip(*self.runs, strict=True)
        return tuple(tuple(zip(*(op.angles for op in ops), strict=True)) for ops in gates)


@lru_cache(maxsize=256)
def families(program: Program) -> tuple[Family, ...]:
    """All factors of a program, by kind."""
    distinct = dict.fromkeys(factor for step in program.steps for factor in factors(step))
    return tuple(Family(tuple(alike)) for alike in _alike(distinct, lambda f: (len(f), _kind(f[0]))))


@lru_cache(maxsize=1024)
def factors(step: Step) -> tuple[Factor, ...]:
    """The factors of one step: equal parts of each row of neighbours that are of one kind."""
    if isinstance(step, Dense):
        return (((step.op,),),)
    if not isinstance(step, Local):
        return ()
    rows = groupby(
        enumerate(step.runs), lambda numbered: (_wire(numbered[1]) - numbered[0], _kind(numbered[1]))
    )
    return tuple(part for _, row in rows for part in _parts([run for _, run in row]))


def first_wire(factor: Factor) -> int:
    """The most significant wire of a factor on neighbouring wires."""
    return factor[0][0].wires[0]


def reads_features(step: Step) -> bool:
    """Whether a step differs from sample to sample."""
    if isinstance(step, Phase):
        return any(isinstance(rotation.angle, Feature) for rotation in step.rotations)
    return any(map(_run_reads_features, (run for factor in factors(step) for run in factor)))


@lru_cache(maxsize=1024)
def phase_columns(step: Phase) -> tuple[tuple[Column, tuple[Rotation, ...]], ...]:
    """The rotations of a phase step and the column of their angles, one pair for each source of angles."""
    groups = _alike(step.rotations, lambda rotation: type(rotation.angle))
    return tuple((tuple(rotation.angle for rotation in group), tuple(group)) for group in groups)


@lru_cache(maxsize=256)
def all_columns(program: Program) -> tuple[Column, ...]:
    """Every column of a program once."""
    of_gates = [column for family in families(program) for gate in family.columns for column in gate]
    phases = [step for step in program.steps if isinstance(step, Phase)]
    return tuple(dict.fromkeys(of_gates + [column for step in phases for column, _ in phase_columns(step)]))


def _wire(run: Run) -> int:
    return run[0].wires[0]


def _kind(run: Run) -> Hashable:
    return tuple((op.gate, *map(type, op.angles)) for op in run)


def _run_reads_features(run: Run) -> bool:
    return any(isinstance(angle, Feature) for op in run for angle in op.angles)


def _parts(row: list[Run]) -> list[Factor]:
    n_parts = -(-len(row) // (SAMPLE_FACTOR_WIRES if _run_reads_features(row[0]) else SHARED_FACTOR_WIRES))
    cuts = [round(i * len(row) / n_parts) for i in range(n_parts + 1)]
    return [tuple(row[a:b]) for a, b in pairwise(cuts)]


def _alike(items: Iterable[Item], kind: Callable[[Item], Hashable]) -> list[list[Item]]:
    groups: dict[Hashable, list[Item]] = defaultdict(list)
    for item in items:
        groups[kind(item)].append(item)
    return list(groups.values())
