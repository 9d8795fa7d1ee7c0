"""What engine `auto` takes where JAX uses another device than the CPU."""

import jax
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.circuit import engines
from qunlearn.circuit.circuit import Circuit, Op, Param
from qunlearn.circuit.engines import EXPECTATION_ENGINES, chosen
from qunlearn.circuit.native import library

CIRCUIT = Circuit(1, (Op("RY", (0,), (Param(0, 0.7),)),))


@pytest.fixture
def elsewhere(monkeypatch):
    """A process whose default device is a GPU, as far as the choice of an engine looks."""
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    for cached in (library._load, engines._say_once):
        cached.cache_clear()
    yield
    library._load.cache_clear()


@pytest.mark.usefixtures("elsewhere")
def test_auto_is_the_fused_engine_on_other_devices_and_nobody_is_warned(caplog):
    assert chosen("auto", "reverse", CIRCUIT) == "fused"
    values = EXPECTATION_ENGINES["auto"].build(CIRCUIT, (0,), "reverse")
    np.testing.assert_allclose(values(np.array([0.3]), np.ones((2, 0))), np.full((2, 1), np.cos(0.21)))
    assert caplog.text == ""


@pytest.mark.usefixtures("elsewhere")
def test_the_native_engine_is_refused_there():
    with pytest.raises(InputError):
        EXPECTATION_ENGINES["native"].build(CIRCUIT, (0,), "reverse")
    usable, reason = EXPECTATION_ENGINES["native"].available()
    assert not usable
    if library._find() is not None:
        assert reason == "it runs on the CPU, and JAX uses gpu"
