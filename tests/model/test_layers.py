"""Layers of a model: every parameter in one, last ones last, and refusals."""

from types import SimpleNamespace

import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.circuit.circuit import Param
from qunlearn.model import VQC
from qunlearn.model.layers import last_layers, layers
from toys import Cosines


@pytest.mark.parametrize(
    "options",
    [
        {"uploads": 2, "repetitions": 2},
        {"uploads": 1, "repetitions": 3, "ansatz": "rx_ry_rz_cz_ring", "head": True},
    ],
)
def test_layers_of_a_vqc_are_the_repetitions_and_the_head(options):
    model = VQC(2, 2, n_qubits=3, **options)
    found = layers(model, "this test")
    assert [i for layer in found for i in layer] == list(range(model.n_params))
    assert len(found) == model.uploads * model.repetitions + model.head
    if model.head:
        assert found[-1] == range(model.n_angles, model.n_params)
    order = [a.index for op in model.circuit.ops for a in op.angles if isinstance(a, Param)]
    for i, layer in enumerate(found[: model.uploads * model.repetitions]):
        assert set(order[i * len(layer) : (i + 1) * len(layer)]) == set(layer)


def test_last_layers():
    assert np.flatnonzero(last_layers(Cosines(3, 2), 1, "this test")).tolist() == [4, 5]
    assert np.flatnonzero(last_layers(Cosines(3, 2), 2, "this test")).tolist() == [2, 3, 4, 5]
    with pytest.raises(InputError, match=r"^`k` must be <= 3, the number of layers of this model, but is 4$"):
        last_layers(Cosines(3, 2), 4, "this test")


def test_a_model_that_names_no_layers_is_refused():
    plain = Cosines()
    without = SimpleNamespace(**{n: getattr(plain, n) for n in dir(Cosines) if n[0] != "_" and n != "layers"})
    with pytest.raises(InputError, match=r"^eu_k works on the last layers .* does not name any: [^\n]*$"):
        last_layers(without, 1, "eu_k")
