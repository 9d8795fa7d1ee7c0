"""The examples run, and print what they say."""

import runpy
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from reference import vqc

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.slow
def test_quickstart(capsys: pytest.CaptureFixture[str]) -> None:
    made = runpy.run_path(str(EXAMPLES / "quickstart.py"))
    lines = capsys.readouterr().out.splitlines()
    table = {line.split()[0]: line.split()[1:] for line in lines[1:-2]}
    assert len(table) == 7
    assert lines[-1].startswith(("PASS: ", "FAIL: ", "INCONCLUSIVE: "))
    original, unlearned = (float(v) for v in table["forget_recall"][:2])
    assert original >= 0.6
    assert unlearned <= 0.2
    assert float(table["retain_accuracy"][1]) >= 0.85
    x = made["rows"].test.x[:5]
    logits = vqc.paper_logits(np.asarray(made["unlearned"].params), x)
    found = made["model"].logits(made["unlearned"].params, jnp.asarray(x))
    np.testing.assert_allclose(found, logits, atol=1e-9)


def test_quickstart_is_as_short_as_promised() -> None:
    code = [line for line in (EXAMPLES / "quickstart.py").read_text().splitlines() if line.strip()]
    assert len(code) - 1 <= 12
