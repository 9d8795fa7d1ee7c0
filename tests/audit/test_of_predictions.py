"""Audits of models that were not trained here: arrays and files in, verdict and rows out, or one sentence."""

import json

import numpy as np
import pytest
from pyarrow import parquet
from safetensors.numpy import save_file

import qunlearn as qu
from qunlearn._errors import InputError
from qunlearn.attacks import MEMBERSHIP
from qunlearn.audit.of_predictions import audit_folder
from qunlearn.audit.plan import default_plan
from qunlearn.metrics import ENSEMBLE_METRICS, METRICS, ROLE_METRICS, ROLES
from qunlearn.records import read_rows
from reference import ensembles as slow
from toys import untyped

P, Y, WORDS = slow.example(32, seed=1)
ARRAYS = {"labels": Y, "roles": WORDS, "original": P[0], "unlearned": P[1:2], "gold": P[2:]}


def numpy_folder(folder, **changes):
    for name, array in {**ARRAYS, **changes}.items():
        if array is not None:
            np.save(folder / f"{name}.npy", array)
    return folder


@pytest.fixture(scope="module")
def found():
    return qu.audit_predictions(*ARRAYS.values())


def test_every_metric_of_every_table_has_a_row(found):
    ids = {row.metric.split("/")[0] for row in found.rows}
    assert ids == {*METRICS, *ROLE_METRICS, *ENSEMBLE_METRICS, *MEMBERSHIP} - {"parameter_distance"}
    assert {row.split for row in found.rows} == {"train", "unseen", "roles"}
    [row] = [r for r in found.rows if (r.model, r.metric) == ("unlearned", "ra")]
    retain = WORDS == "retain"
    assert row.value == pytest.approx((P[1, retain].argmax(1) == Y[retain]).mean())
    assert row.gap == pytest.approx(row.value - (P[2:, retain].argmax(2) == Y[retain]).mean())


def test_every_sample_has_its_risk(found):
    assert len(found.risks) == 48
    line = found.risks[7]
    odds = [slow.odds(p[7], Y[7]) for p in P[2:]]
    z = (slow.odds(P[1][7], Y[7]) - np.mean(odds)) / np.std(odds, ddof=1)
    assert (line["id"], line["role"], line["label"]) == (7, WORDS[7], Y[7])
    assert line["deviation"] == pytest.approx(z)
    assert line["p_gold"] == pytest.approx(P[2:, 7, Y[7]].mean())
    far = abs(np.array(odds) - np.mean(odds)) >= abs(slow.odds(P[1][7], Y[7]) - np.mean(odds))
    assert line["beyond"] == pytest.approx(far.mean())
    assert "epsilon_hat" not in line


def test_ensembles_have_more_risks():
    line = qu.audit_predictions(Y, WORDS, P[0], P[1:12], P[12:]).risks[7]
    scores = [slow.odds(p[7], Y[7]) for p in P[1:]]
    assert line["epsilon_hat"] == pytest.approx(slow.epsilon(scores[:11], scores[11:]))
    assert line["klom"] == pytest.approx(slow.klom(scores[:11], scores[11:]))
    assert 0 <= line["epsilon_low"] <= line["epsilon_hat"] + 5


def test_what_is_written(tmp_path, found):
    numpy_folder(tmp_path)
    audit_folder(tmp_path)
    verdict = json.loads((tmp_path / "verdict.json").read_text())
    assert verdict["verdict"] == found.verdict.verdict
    assert verdict["more_gold_needed"] == found.verdict.more_gold_needed
    assert [one["criterion"] for one in verdict["criteria"]] == [c.id for c in found.plan.criteria]
    assert verdict["plan_sha256"] == found.plan.sha256()
    assert verdict["data_sha256"] == found.arrays_sha256
    assert json.loads((tmp_path / "plan.json").read_text()) == verdict["plan"]
    assert read_rows(tmp_path / "rows.parquet") == found.rows
    assert parquet.read_table(tmp_path / "samples.parquet").num_rows == 48
    page = (tmp_path / "audit.md").read_text()
    assert page.startswith(f"# {found.verdict.verdict}\n")
    assert page.rstrip() == str(found)


def test_every_layout_gives_the_same_verdict(tmp_path, found):
    folders = [tmp_path / name for name in ("numpy", "safetensors")]
    for folder in folders:
        folder.mkdir()
    numpy_folder(folders[0], roles=WORDS.astype("S"), unlearned=P[1], original=P[:1])
    codes = np.array([list(ROLES).index(role) for role in WORDS])
    save_file({**ARRAYS, "roles": codes}, folders[1] / "probabilities.safetensors")
    for folder in folders:
        assert audit_folder(folder, tmp_path / "out").verdict == found.verdict


def test_a_plan_made_before_is_used(tmp_path):
    plan = default_plan(Y, WORDS, gold=30, seeds={"gold": 5})
    (tmp_path / "plan.json").write_text(plan.canonical())
    found = qu.audit_predictions(*ARRAYS.values(), plan=tmp_path / "plan.json")
    assert found.verdict.plan_sha256 == plan.sha256()
    with pytest.raises(InputError, match="the plan is for 29 gold models, but there are 30"):
        qu.audit_predictions(*ARRAYS.values(), plan=default_plan(Y, WORDS, gold=29))
    with pytest.raises(InputError, match="there is no plan"):
        qu.audit_predictions(*ARRAYS.values(), plan=tmp_path / "none.json")
    (tmp_path / "plan.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is not text"):
        qu.audit_predictions(*ARRAYS.values(), plan=tmp_path / "plan.json")


def test_classical_models_are_audited_by_a_function():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 3)) + 2 * np.eye(3)[np.arange(90) % 3]
    y, unseen = np.arange(90) % 3, np.arange(90) >= 60
    roles = np.where(unseen, "test", np.where(np.arange(90) % 10 == 0, "forget", "retain"))

    def trained(seed):
        chosen = np.random.default_rng(seed).permutation(np.flatnonzero(roles == "retain"))[:50]
        return LogisticRegression().fit(x[chosen], y[chosen])

    models = [trained(seed) for seed in range(22)]
    found = qu.audit_models(
        predict=lambda model, x: model.predict_proba(x),
        x=x,
        labels=y,
        roles=roles,
        original=LogisticRegression().fit(x[~unseen], y[~unseen]),
        unlearned=models[0],
        gold=models[1:],
        untrained=[models[5]],
    )
    assert found.verdict.verdict in ("PASS", "INCONCLUSIVE")
    assert found.verdict.gold == 21


def changed(name, at, value):
    array = ARRAYS[name].copy()
    array[at] = value
    return {name: array}


BAD_ARRAYS = [
    ({"labels": Y[:-1]}, "roles: must be one word for each of the 47 samples"),
    ({"labels": Y.astype(float)}, "labels: must be whole numbers"),
    ({"labels": Y[:, None]}, "labels: must be whole numbers"),
    (changed("labels", 3, 7), r"labels in `y` must be in 0..2"),
    (changed("labels", 3, -1), r"labels in `y` must be in 0..2"),
    ({"labels": np.array([], int), "roles": np.array([], "U6")}, "there are no samples"),
    ({"roles": WORDS[:-1]}, "roles: must be one word for each of the 48 samples"),
    ({"roles": np.arange(48)}, "roles: must be one word a sample"),
    (changed("roles", 3, "val"), "roles` must be forget, retain, test, holdout, but one is 'val'"),
    ({"roles": np.where(WORDS == "forget", "retain", WORDS)}, "at least one forget sample"),
    ({"roles": np.where(WORDS == "retain", "test", WORDS)}, "at least one retain sample"),
    ({"roles": np.where(WORDS == "forget", "forget", "retain")}, "no model was trained on"),
    ({"original": P[:2]}, "original: must be one model, but are 2"),
    ({"original": P[0, :, 0]}, r"original: must have shape \(n, K\)"),
    ({"original": P[0, :-1]}, "original: must be about the 48 samples of the labels, but is about 47"),
    ({"original": P[0, :, :2] / P[0, :, :2].sum(1, keepdims=True)}, "must predict the same classes"),
    ({"original": np.where(P[0] > 0.9, np.nan, P[0])}, "original: `p` must not hold NaN"),
    ({"original": P[0].astype(str)}, "original: must hold probabilities"),
    ({"unlearned": P[1:2] * 1.01}, "unlearned: rows of `p` must sum to 1"),
    ({"unlearned": P[1:1]}, "unlearned: there is no model"),
    ({"unlearned": np.log(P[1:2])}, "unlearned: `p` must not be negative"),
    ({"unlearned": np.full((1, 48, 3), np.inf)}, "unlearned: `p` must not hold NaN or infinity"),
    ({"unlearned": P[1:2, :40]}, "unlearned: must be about the 48 samples"),
    ({"gold": P[2:4]}, "gold: must be at least 3 models, but there are 2"),
    ({"gold": P[2]}, r"gold: must have shape \(models, n, K\)"),
    ({"gold": P[2:, :, :2]}, "must predict the same classes"),
    (changed("gold", (4, 5, 0), 0.99), "gold: rows of `p` must sum to 1"),
    ({"gold": P[2:] > 0.5}, "gold: must hold probabilities"),
    ({"gold": P[2:] * 1j}, "gold: must hold probabilities"),
    (
        {"gold": np.ones((30, 48, 1)), "original": np.ones((48, 1)), "unlearned": np.ones((1, 48, 1))},
        "at least 2 classes",
    ),
    ({"untrained": P[:2, :30]}, "untrained: must be about the 48 samples"),
    ({"ids": np.arange(47)}, "ids: must be one for each of the 48 samples"),
    ({"ids": np.zeros(48, int)}, "ids: every sample must have its own, but 0 is there more than once"),
    ({"ids": np.linspace(0, 1, 48)}, "ids: must be whole numbers or words"),
]


@pytest.mark.parametrize(("change", "message"), BAD_ARRAYS)
def test_unusable_arrays_are_refused_in_one_sentence(tmp_path, change, message):
    with pytest.raises(InputError, match=message) as caught:
        audit_folder(numpy_folder(tmp_path, **change))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "verdict.json").exists()


ORDER = np.roll(np.arange(48), 1)
BAD_FILES = [
    (lambda d: d / "nothing", "there is no file or folder"),
    (lambda d: d, "lacks labels, roles, original, unlearned, gold"),
    (lambda d: numpy_folder(d, gold=None), "lacks gold"),
    (lambda d: numpy_folder(d, roles=WORDS.astype(object)), "pickled objects are never loaded"),
    (
        lambda d: numpy_folder(d, ids=np.arange(48), ids_gold=ORDER),
        "ids_gold: sample 0 is 47, but the labels are of 0",
    ),
    (lambda d: numpy_folder(d, ids=np.arange(48), ids_gold=ORDER[:9]), "ids_gold: must be the ids of the 48"),
    (lambda d: numpy_folder(d, ids_gold=ORDER), "no ids to compare them with"),
    (lambda d: _write(numpy_folder(d), "gold.npy", b"\x93NUMPY"), "gold.npy is not a plain NumPy array"),
    (lambda d: _write(numpy_folder(d), "gold.npy", b""), "gold.npy is not a plain NumPy array"),
    (lambda d: _archive(numpy_folder(d)), "gold.npy is an archive"),
    (
        lambda d: _write(d, "a.csv", b"1,2") / "a.csv",
        "a folder of .npy files, or end in .safetensors",
    ),
    (lambda d: _write(d, "probabilities.safetensors", b"{}"), "is not a readable safetensors file"),
    (lambda d: _tensors(d, roles=np.full(48, 5)), "roles: must be whole numbers in safetensors files"),
    (lambda d: _tensors(d, roles=np.full(48, 0.5)), "roles: must be whole numbers in safetensors files"),
    (lambda d: _tensors(d, roles=None), "lacks roles"),
]


def _write(folder, name, content):
    (folder / name).write_bytes(content)
    return folder


def _archive(folder):
    np.savez(folder / "gold.npz", gold=P)
    (folder / "gold.npz").replace(folder / "gold.npy")
    return folder


def _tensors(folder, **changes):
    arrays = {**ARRAYS, **changes}
    save_file({k: v for k, v in arrays.items() if v is not None}, folder / "probabilities.safetensors")
    return folder


@pytest.mark.parametrize(("make", "message"), BAD_FILES)
def test_unusable_files_are_refused_in_one_sentence(tmp_path, make, message):
    with pytest.raises(InputError, match=message) as caught:
        audit_folder(make(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"predict": 3}, "must be a function of a model and inputs"),
        ({"gold": []}, "`gold` must be a list of models"),
        ({"unlearned": []}, "`unlearned` must be at least one model"),
        ({"predict": lambda m, x: P[0, : 40 + m]}, "one shape for all models"),
    ],
)
def test_unusable_models_are_refused(change, message):
    given = {"predict": lambda m, x: P[m], "x": None, "labels": Y, "roles": WORDS}
    given |= {"original": 0, "unlearned": [1], "gold": [2, 3, 4]}
    with untyped(), pytest.raises(InputError, match=message):
        qu.audit_models(**{**given, **change})
