"""The command in `run.json` repeats the run, whatever its settings are."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qunlearn.circuit import engines
from qunlearn.run import summary
from qunlearn.run.config import DataConfig, RunConfig, Seeds, from_dict
from qunlearn.run.setup import set_up
from tiny_run import invoke


def command(config: RunConfig, folder: str = "runs/a b") -> list[str]:
    return shlex.split(summary.command(set_up(config), Path(folder)))


def repeated(words: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """The configuration and the folder that the command line makes of the words."""
    from qunlearn.run import pipeline

    taken: list[Any] = []

    def record(config: RunConfig, *, out: Path, **_: Any) -> Path:
        taken.extend([set_up(config).config, out])
        raise SystemExit(0)

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "run", record)
        assert invoke(words[1:]) == 0
    return taken[0], taken[1]


def test_defaults_need_no_flags() -> None:
    assert command(RunConfig("iris")) == shlex.split(
        "qunlearn run iris --forget-class virginica --out 'a b-again'"
    )
    assert command(RunConfig("covertype")) == shlex.split(
        "qunlearn run covertype --forget-class 7 --out 'a b-again'"
    )


def table(**choices: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Plain data with some of the keys."""
    return st.fixed_dictionaries(
        {}, optional={k: v if isinstance(v, st.SearchStrategy) else st.just(v) for k, v in choices.items()}
    )


REQUESTS = st.sampled_from(
    [
        {},
        {"forget_class": "0"},
        {"forget_class": 1},
        {"forget_random": 0.0625},
        {"forget_feature": "2"},
        {"forget_feature": "input:1"},
        {"forget_poisoned": True, "data": {"poison": "flip:0.3"}},
        {"forget_client": 2, "federated": {"clients": 4, "alpha": 2.0, "local_steps": 1}},
        {"forget_random": 0.0625, "then": ["class=0", "feature=3"]},
    ]
)
SETTINGS = table(
    gold=st.integers(3, 99),
    seed=st.integers(0, 2**32 - 1),
    hyper=table(beta=st.floats(1e-3, 10), target=st.sampled_from(["uniform", "prior"]), steps=3),
    data=table(
        classes=st.sampled_from([["all"], ["1", "0", "2"], ["0", "1", "2"]]),
        n_features=st.sampled_from([2, 4]),
        rows_per_class=st.sampled_from([0, 40]),
        standardise=st.booleans(),
        test=st.floats(0.1, 0.4),
        val=0.25,
        holdout=0.1,
    ),
    model=table(
        n_qubits=5,
        encoding="angle",
        readout=[4, 0, 1],
        logit_scale=0.5,
        init_sd=1e-5,
        head=False,
        engine="plain",
    ),
    training=table(steps=7, batch=0, learning_rate=st.floats(1e-3, 1), val_every=2),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["iris", "wine"]), SETTINGS, REQUESTS)
def test_flags_are_read_back(
    monkeypatch: pytest.MonkeyPatch, dataset: str, chosen: dict[str, Any], request_: dict[str, Any]
) -> None:
    data = {**chosen.get("data", {}), **request_.get("data", {})}
    config = from_dict({**chosen, **request_, "data": data, "dataset": dataset})
    words = command(config)
    assert "--config" not in words
    again, out = repeated(words, monkeypatch)
    assert again == set_up(config).config
    assert out == Path("a b-again")


def test_ids_are_spelled_out() -> None:
    setup = set_up(RunConfig("iris", forget_random=0.03))
    ids = [int(i) for i in setup.dataset.ids[setup.split.train[setup.forget.forget_mask]]]
    words = command(RunConfig("iris", forget_ids=tuple(ids)))
    assert words[3:5] == ["--forget-ids", ",".join(map(str, ids))]


def test_what_has_no_flag_is_taken_from_the_configuration_file() -> None:
    words = ["qunlearn", "run", "--config", "a b/config.toml", "--out", "a b-again"]
    assert command(RunConfig("iris", seeds=Seeds(train=1))) == words


def test_no_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"{i % 7},{i % 5},{'abc'[i % 3]}" for i in range(60)]
    (tmp_path / "my.csv").write_text("\n".join(["p,q,the kind", *rows]))
    config = RunConfig(str(tmp_path / "my.csv"), "a", data=DataConfig(label="the kind"))
    words = command(config, str(tmp_path / "run"))
    assert words == [
        *("qunlearn", "run", "my.csv", "--forget-class", "a"),
        *("--label", "the kind", "--out", "run-again"),
    ]
    monkeypatch.chdir(tmp_path)
    again, _ = repeated(words, monkeypatch)
    assert again == set_up(RunConfig("my.csv", "a", data=DataConfig(label="the kind"))).config


def test_what_did_the_computing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` is named by the engine that it took; a kernel that is not there has no threads."""
    setup = set_up(RunConfig("iris"))
    monkeypatch.setattr(engines, "available", lambda: (False, "not built"))
    assert summary.computed(setup) == {
        "engine": "fused",
        "precision": "float64",
        "threads": None,
        "instruction_set": None,
        "jax_backend": "cpu",
    }
    assert (
        summary.computed(set_up(from_dict({"dataset": "iris", "model": {"engine": "plain"}})))["engine"]
        == "plain"
    )
    monkeypatch.setattr(engines, "available", lambda: (True, ""))
    monkeypatch.setattr(summary, "threads", lambda: 7)
    monkeypatch.setattr(summary, "instruction_set", lambda: "AVX2")
    found = summary.computed(setup)
    assert (found["engine"], found["threads"], found["instruction_set"]) == ("native", 7, "AVX2")
    differences = set_up(from_dict({"dataset": "iris", "model": {"gradient": "finite_difference"}}))
    assert summary.computed(differences)["engine"] == "fused", "the kernel has no such rule"


def test_run_json_says_what_did_the_computing(finished_run: Path) -> None:
    recorded = json.loads((finished_run / "run.json").read_text())["computed"]
    assert recorded["engine"] in ("native", "fused")
    assert recorded["precision"] == "float64"
