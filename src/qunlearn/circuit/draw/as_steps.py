"""A fused program as a list of its steps."""

from qunlearn.circuit.draw.symbols import angle_text, gate_text
from qunlearn.circuit.fuse import Program
from qunlearn.circuit.steps import Dense, Local, Permute, Phase, Step, wires_of


def fused_text(program: Program) -> str:
    """The steps of a fused program, one a line, with what each holds."""
    return "\n".join(
        f"{i + 1:>3}  {_describe(step, program.n_qubits)}" for i, step in enumerate(program.steps)
    )


def _describe(step: Step, n_qubits: int) -> str:
    match step:
        case Local():
            runs = (f"q{w}: {' '.join(map(gate_text, run))}" for w, run in step.by_wire.items())
            return "local    " + " | ".join(runs)
        case Phase():
            wires = ", ".join(f"q{w}" for w in wires_of(step.mask, n_qubits))
            return f"phase    on {wires}: {', '.join(angle_text(r.angle) for r in step.rotations)}"
        case Permute():
            moved = (
                f"q{w} = {' ⊕ '.join(f'q{v}' for v in wires_of(row, n_qubits))}"
                for w, row in enumerate(step.rows)
                if wires_of(row, n_qubits) != (w,)
            )
            return "permute  " + ", ".join(moved)
        case Dense():
            return f"dense    {gate_text(step.op)} on {', '.join(f'q{w}' for w in step.op.wires)}"
