"""Ours: the product's own classifier and circuits, by a named engine."""

from dataclasses import replace

from harness.circuits import Gate, Model, paper
from harness.jax_simulator import JaxSimulator, cross_entropy
from harness.simulator import Call
from harness.works import Work
from jax import Array, grad

from qunlearn.circuit.circuit import Circuit, Feature, Op, Param
from qunlearn.circuit.expectations import expectations
from qunlearn.model import paper_classifier


def build(model: Model, engine: str) -> JaxSimulator:
    """The product's paper classifier where `model` is the paper's, and else the same gates as a `Circuit`."""
    return Engine(model, engine)


class Engine(JaxSimulator):
    """`qunlearn` with one of its engines."""

    def __init__(self, model: Model, engine: str) -> None:
        super().__init__(model)
        self.engine = engine
        self.vqc = replace(paper_classifier(), engine=engine)
        circuit = Circuit(model.n_qubits, tuple(map(_op, model.gates)))
        # Refuses, with the reason, an engine that is not available.
        own = expectations(circuit, model.readout, engine=engine)
        self.values = self.vqc.logits if model == paper() else own

    def expectations(self, params: Array, x: Array) -> Array:
        return self.values(params, x)

    def shift(self, params: Array, x: Array, y: Array) -> Array:
        """The product's own parameter-shift rule, for its paper classifier."""
        vqc = replace(self.vqc, gradient="parameter_shift")
        return grad(lambda p: cross_entropy(vqc.logits(p, x), y))(params)

    def prepare(self, work: Work) -> Call:
        if work.kind == "gold":
            return gold(self.engine, work.models)
        return super().prepare(work)


def gold(engine: str, size: int) -> Call:
    """The gold ensemble of Covertype with the product's defaults, nothing taken from its cache."""
    import numpy as np

    from qunlearn.gold import gold_ensemble
    from qunlearn.run.config import RunConfig
    from qunlearn.run.setup import set_up

    config = RunConfig("covertype")
    setup = set_up(replace(config, model=replace(config.model, engine=engine)))
    problem = setup.problem(np.zeros(setup.model.n_params))
    return lambda: gold_ensemble(problem, size=size, key=0).params


def _op(gate: Gate) -> Op:
    if gate.source == "none":
        return Op(gate.name.upper(), gate.wires)
    return Op(
        gate.name.upper(),
        gate.wires,
        (Param(gate.index[0]) if gate.source == "param" else Feature(gate.index),),
    )
