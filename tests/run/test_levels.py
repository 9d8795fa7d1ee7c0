"""How deep an audit goes: which files and metrics each level adds, and that ensembles are what they claim."""

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from pyarrow import parquet
from safetensors.numpy import load_file

import qunlearn as qu
from qunlearn.audit.plan import Plan
from qunlearn.metrics.roles import ROLES
from qunlearn.run import extra_models, role_audit
from qunlearn.run.levels import LEVELS
from qunlearn.run.verify import verify
from tiny_run import SETTINGS


def test_a_standard_audit_holds_verdict_attacks_and_states(finished_run: Path) -> None:
    found = json.loads((finished_run / "verdict.json").read_text())
    assert found["verdict"] in ("PASS", "FAIL", "INCONCLUSIVE")
    assert Plan.from_dict(found["plan"]).sha256() == found["plan_sha256"]
    assert json.loads((finished_run / "summary.json").read_text())["verdict"]["decision"] == found["verdict"]
    attacks = json.loads((finished_run / "attacks.json").read_text())
    assert {"loss", "confidence", "margin"} <= attacks["forget"].keys() == attacks["retain"].keys()
    assert "lira_online" not in attacks["forget"]
    assert json.loads((finished_run / "quantum.json").read_text())["shots"]


def test_curves_end_where_everything_is_called_a_member(finished_run: Path) -> None:
    attacks = json.loads((finished_run / "attacks.json").read_text())
    for attack in attacks["retain"].values():
        for curve in attack["roc"].values():
            assert curve["rate"][-1] == 1
            assert curve["rate"] == sorted(curve["rate"])
        assert attack["roc"]["gold"]["low"][5] <= attack["roc"]["gold"]["high"][5]


def test_every_row_has_the_role_it_played(finished_run: Path) -> None:
    a = load_file(finished_run / "evidence.safetensors")
    names = np.array(list(ROLES))[a["roles"]]
    np.testing.assert_array_equal(a["x_roles"][names == "forget"], a["x_train"][a["forget_mask"]])
    np.testing.assert_array_equal(a["x_roles"][names == "retain"], a["x_train"][~a["forget_mask"]])
    np.testing.assert_array_equal(a["y_roles"][names == "test"], a["y_test"])


def test_a_quick_audit_has_a_verdict_and_no_more(tmp_path: Path) -> None:
    folder = qu.run("iris", out=tmp_path / "run", audit="quick", **SETTINGS)
    assert (folder / "verdict.json").is_file()
    assert not (folder / "attacks.json").exists()
    assert not (folder / "quantum.json").exists()


@pytest.mark.slow
def test_a_full_audit_adds_ensembles_and_verifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = MappingProxyType({**LEVELS, "full": replace(LEVELS["full"], unlearned=9, references=8)})
    for module in (role_audit, extra_models):
        monkeypatch.setattr(module, "LEVELS", small)
    settings = {**SETTINGS, "gold": 8}
    folder = qu.run("iris", out=tmp_path / "run", audit="full", **settings)
    a = load_file(folder / "evidence.safetensors")
    assert a["unlearned_models"].shape == (9, 6)
    assert len(np.unique(a["unlearned_models"][:, 0])) == 9
    assert (a["references_member"].sum(axis=0) == 4).all()
    metrics = {row["metric"] for row in parquet.read_table(folder / "rows.parquet").to_pylist()}
    assert {"epsilon_hat", "forgetting_quality", "membership_ulira", "klom_forget", "ain_forget"} <= metrics
    attacks = json.loads((folder / "attacks.json").read_text())
    assert {"lira_online", "lira_offline", "rmia_online", "rmia_offline"} <= attacks["forget"].keys()
    assert {check.finding for check in verify(folder)} == {"matches"}
