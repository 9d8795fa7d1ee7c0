"""The compiler: a list of gates in, a short list of large steps out, with the same meaning.

One-qubit gates that follow each other on a wire become one run; runs side by side become one `Local` step. CX
and SWAP only relabel basis states, so neighbouring ones compose into one `Permute`. Diagonal gates move
backwards through everything they commute with, through relabellings too, and gather in one `Phase`. What is
left is `Dense`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from qunlearn.circuit.circuit import Circuit, Op
from qunlearn.circuit.gates import gate_named
from qunlearn.circuit.steps import (
    Dense,
    Local,
    Permute,
    Phase,
    Run,
    Step,
    identity_rows,
    mask_of,
    rotations_of,
    support,
)

MAX_PHASE_WIRES = 10  # a Phase tabulates 2^wires exponents for each of its angles


@dataclass(frozen=True)
class Program:
    """`steps` in order of time on `n_qubits` wires."""

    n_qubits: int
    steps: tuple[Step, ...]


@lru_cache(maxsize=256)
def fuse(circuit: Circuit) -> Program:
    """The fused program of `circuit`, from whichever state the circuit starts."""
    builder = _Builder(circuit.n_qubits)
    for run in _runs(circuit):
        builder.add(run)
    return Program(circuit.n_qubits, tuple(builder.steps))


def _runs(circuit: Circuit) -> Iterator[Run]:
    """The gates in order of time, those that follow each other on one wire as one run."""
    pending: dict[int, Run] = dict.fromkeys(range(circuit.n_qubits), ())
    for op in circuit.ops:
        if op.gate == "I":
            continue
        if len(op.wires) == 1:
            pending[op.wires[0]] += (op,)
            continue
        for wire in op.wires:
            if pending[wire]:
                yield pending[wire]
            pending[wire] = ()
        yield (op,)
    yield from (run for run in pending.values() if run)


class _Builder:
    """Steps so far; each new run is merged into the earliest step that it can reach."""

    def __init__(self, n_qubits: int) -> None:
        self.n_qubits = n_qubits
        self.steps: list[Step] = []

    def add(self, run: Run) -> None:
        if all(gate_named(op.gate).diagonal for op in run):
            self._add_diagonal(run)
        elif len(run[0].wires) == 1:
            self._add_local(run)
        elif run[0].gate in ("CX", "SWAP"):
            self._add_permutation(run[0])
        else:
            self.steps.append(Dense(run[0]))

    def _mask(self, step: Step) -> int:
        if isinstance(step, Phase | Permute):
            return step.mask
        return mask_of(step.wires if isinstance(step, Local) else step.op.wires, self.n_qubits)

    def _reach(self, wires: tuple[int, ...]) -> Iterator[tuple[int, Step]]:
        """The steps and their positions, latest first, up to and with the first one that acts on `wires`."""
        mask = mask_of(wires, self.n_qubits)
        for position, step in reversed(list(enumerate(self.steps))):
            yield position, step
            if self._mask(step) & mask:
                return

    def _add_local(self, run: Run) -> None:
        """Joining a run on its own wire costs nothing, so the earliest such step in reach is the best."""
        wires = run[0].wires
        reach = [(i, step) for i, step in self._reach(wires) if isinstance(step, Local)]
        own = [(i, step) for i, step in reach if wires[0] in step.wires]
        if reach:
            position, step = (own or reach)[0]
            self.steps[position] = step.extended(run)
        else:
            self.steps.append(Local((run,)))

    def _add_permutation(self, op: Op) -> None:
        for position, step in self._reach(op.wires):
            if isinstance(step, Permute):
                composed = step.followed_by(op)
                self.steps[position : position + 1] = (
                    [composed] if composed.mask else []
                )  # nothing is left of P P⁻¹
                return
        self.steps.append(Permute(identity_rows(self.n_qubits)).followed_by(op))

    def _add_diagonal(self, run: Run) -> None:
        rotations = tuple(rotations_of(op, self.n_qubits) for op in run)
        moved = False
        for position, step in reversed(list(enumerate(self.steps))):
            if isinstance(step, Phase):
                if (step.mask | support(rotations)).bit_count() <= MAX_PHASE_WIRES:
                    self.steps[position] = Phase(step.rotations + rotations)
                    return
            elif isinstance(step, Permute):
                # D P = P (P⁻¹ D P): before the relabelling it stands on the wires that its own were read from
                pulled = tuple(map(step.pull_back, rotations))
                if pulled != rotations and support(pulled).bit_count() > MAX_PHASE_WIRES:
                    break
                moved, rotations = moved or pulled != rotations, pulled
            elif self._mask(step) & support(rotations):
                # A run that meets one-qubit gates on its own wire joins them, unless it has become a Z word
                # on several wires on the way
                if isinstance(step, Local) and len(run[0].wires) == 1 and not moved:
                    self.steps[position] = step.extended(run)
                    return
                break
        else:
            position = -1
        self.steps.insert(position + 1, Phase(rotations))
