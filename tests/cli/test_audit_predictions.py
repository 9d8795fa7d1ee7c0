"""`qunlearn audit --probabilities`: any models, from their answers."""

import json
import subprocess
import sys

import numpy as np
import pytest

from reference import ensembles as slow
from tiny_run import invoke

P, Y, WORDS = slow.example(32, seed=1)


@pytest.fixture
def folder(tmp_path):
    arrays = {"labels": Y, "roles": WORDS, "original": P[0], "unlearned": P[1:2], "gold": P[2:]}
    for name, array in arrays.items():
        np.save(tmp_path / f"{name}.npy", array)
    return tmp_path


def test_the_verdict_is_written_and_said(folder, capsys):
    assert invoke(f"audit --probabilities {folder}") == 0
    said = capsys.readouterr().out
    verdict = json.loads((folder / "verdict.json").read_text())
    assert verdict["sentence"] in said
    assert "Criteria" in said
    assert "membership_" in said
    assert invoke(f"audit --probabilities {folder} --out {folder / 'there'} --quiet") == 0
    assert capsys.readouterr().out.splitlines()[0] == verdict["sentence"]
    assert json.loads((folder / "there/verdict.json").read_text())["criteria"] == verdict["criteria"]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("audit", "say what to audit: a run folder, or --probabilities FOLDER"),
        ("audit {} --probabilities {}", "--probabilities takes no run folder and no --gold"),
        ("audit --probabilities {} --gold 3", "--probabilities takes no run folder and no --gold"),
        ("audit --out {}", "--plan and --out belong to --probabilities"),
        ("audit --probabilities {}/none", "there is no file or folder"),
        ("audit --probabilities {} --plan {}/none", "there is no plan"),
        ("audit --probabilities {} --plan {}/labels.npy", "is not text"),
        ("audit --probabilities {} --out {}/labels.npy", "cannot be written to"),
    ],
)
def test_bad_commands_are_refused_in_one_sentence(folder, capsys, command, says):
    assert invoke(command.replace("{}", str(folder))) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


@pytest.mark.slow
def test_jax_is_not_needed(folder):
    code = (
        "import sys; sys.modules['jax'] = None\n"
        "from qunlearn.audit.of_predictions import audit_folder\n"
        f"audit_folder({str(folder)!r})"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
