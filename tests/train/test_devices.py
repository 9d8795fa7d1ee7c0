"""Models spread over several devices: four emulated ones, in a process of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from qunlearn.methods.unlearn import unlearn_many
from qunlearn.train import Training, fit_many
from qunlearn.train.keys import as_key
from toys import LIVELY, problem, rows

pytestmark = pytest.mark.slow

SCRIPT = """
import json, sys
import jax, numpy as np
jax.config.update("jax_disable_most_optimizations", True)
from qunlearn.model import VQC
from qunlearn.train import Training, fit_many
from qunlearn.train.memory import program_bytes
from qunlearn.train.devices import spread
from qunlearn.methods import unlearn_many
from toys import LIVELY, problem, rows

assert len(jax.devices()) == 4
divided = spread(np.zeros((8, 100)), 8)
taken = program_bytes(jax.jit(lambda v: 2 * v).lower(divided))
model = VQC(2, 2, n_qubits=2, uploads=1, repetitions=1, engine="fused")
keys = jax.random.split(jax.random.key(9), 6)
told = []
fitted = fit_many(model, rows(14, 2, 0), rows(8, 2, 1), keys=keys, memory=1,
                  training=Training(steps=5, batch=4), progress=lambda *words: told.append(words[1:]))
unlearned = unlearn_many("finetune", problem(), keys=[1, 2, 3], **LIVELY)
print(json.dumps({"devices": len(divided.sharding.device_set), "bytes": taken,
                  "params": [f.params.tolist() for f in fitted], "told": told,
                  "unlearned": [u.params.tolist() for u in unlearned]}))
"""


@pytest.fixture(scope="module")
def on_four_devices():
    paths = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    flags = "--xla_force_host_platform_device_count=4"
    env = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu", "PYTHONPATH": paths}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_devices_and_parts_do_not_change_a_model(on_four_devices):
    from jax import random

    from qunlearn.model import VQC

    model = VQC(2, 2, n_qubits=2, uploads=1, repetitions=1, engine="fused")
    keys, training = random.split(as_key(9), 6), Training(steps=5, batch=4)
    here = fit_many(model, rows(14, 2, 0), rows(8, 2, 1), keys=keys, training=training)
    assert on_four_devices["devices"] == 4
    # The last RZ has no gradient but rounding, which Adam divides by 1e-8.
    np.testing.assert_allclose(on_four_devices["params"], [f.params for f in here], rtol=0, atol=1e-8)


def test_models_are_counted_and_not_the_copies_that_fill_the_devices(on_four_devices):
    counts = [done for done, total in on_four_devices["told"] if total == 6]
    assert len(counts) == len(on_four_devices["told"])
    assert max(counts) == 6


def test_devices_do_not_change_what_is_unlearned(on_four_devices):
    here = unlearn_many("finetune", problem(), keys=[1, 2, 3], **LIVELY)
    np.testing.assert_allclose(on_four_devices["unlearned"], [u.params for u in here], rtol=0, atol=1e-10)


def test_what_a_program_takes_is_counted_on_all_devices(on_four_devices):
    assert on_four_devices["bytes"] == 2 * 8 * 100 * 8
