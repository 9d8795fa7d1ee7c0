"""One run, said in several ways, interrupted and repeated: the same numbers to the last bit."""

import json
import shlex
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qunlearn as qu
from qunlearn.audit import of_models
from qunlearn.methods.base.descent import Descent
from qunlearn.results.files import FILES, OPTIONAL, STAGES
from qunlearn.run import pipeline, problem_and_gold, stages, write
from qunlearn.run.config import PURPOSES, as_config
from qunlearn.run.folder import open_run
from qunlearn.run.setup import set_up
from qunlearn.train import Cost
from tiny_run import FLAGS, SETTINGS, contents, invoke

NUMBERS = (
    *("config.toml", "split.json", "preprocess.json", "trace.parquet", "original.safetensors"),
    *("unlearned.safetensors", "evidence.safetensors", "rows.parquet", "circuit.txt", "circuit.svg"),
)
"""The files of a run that hold no times."""

EVERY = (*FILES, *OPTIONAL["audit"])
"""The files of a run with the standard audit."""


def numbers(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in NUMBERS}


def summary(folder: Path) -> dict[str, Any]:
    found = json.loads((folder / "summary.json").read_text())
    for stage in found["cost"].values():
        del stage["seconds"]
    return found


def from_flags(out: Path) -> None:
    assert invoke(f"run {FLAGS} --quiet --out {out}") == 0


def from_file(out: Path) -> None:
    out.with_suffix(".toml").write_text(
        'dataset = "iris"\nforget_class = 2\ngold = 3\n'
        "[hyper]\nsteps = 4\nbeta = 3.0\n[data]\nn_features = 3\n"
        "[model]\nn_qubits = 3\nuploads = 1\nrepetitions = 1\n[training]\nsteps = 6\nlearning_rate = 0.3\n"
    )
    assert invoke(f"run --quiet --config {out.with_suffix('.toml')} --out {out}") == 0


def from_file_and_flags(out: Path) -> None:
    out.with_suffix(".toml").write_text(
        'dataset = "iris"\nforget_class = "setosa"\ngold = 5\n'
        "[hyper]\nsteps = 9\nbeta = 3\n[data]\nn_features = 3\n"
    )
    flags = FLAGS.replace("--set beta=3", "").removeprefix("iris").replace("--features 3", "")
    assert invoke(f"run --quiet --config {out.with_suffix('.toml')} {flags} --out {out}") == 0


def from_config_object(out: Path) -> None:
    config = qu.RunConfig(
        "iris",
        forget_class="Virginica",
        gold=3,
        hyper={"steps": 4, "beta": 3},
        data=qu.DataConfig(n_features=3),
        model=qu.ModelConfig(n_qubits=3, uploads=1, repetitions=1),
        training=qu.Training(steps=6, learning_rate=0.3),
    )
    assert qu.run(config, out=out) == out


def from_python_with_progress(out: Path) -> None:
    told: list[tuple[str, int, int]] = []
    qu.run("iris", out=out, progress=lambda *args: told.append(args), **SETTINGS)
    works = list(dict.fromkeys(what for what, _, _ in told))
    assert works == [
        "training 1 model (compiling)",
        "training 1 model",
        "unlearning (distribution_guided) (compiling)",
        "unlearning (distribution_guided)",
        "training 3 models (compiling)",
        "training 3 models",
        "measuring",
    ]
    assert all(0 <= done <= total for _, done, total in told)


def from_steps(out: Path) -> None:
    assert (
        invoke(f"train {FLAGS.replace('--set steps=4', '').replace('--gold 3', '')} --quiet --out {out}") == 0
    )
    assert invoke(f"unlearn {out} --quiet --set steps=4") == 0
    assert invoke(f"audit {out} --quiet --gold 3") == 0
    assert invoke(f"report {out} --quiet") == 0


def from_detours(out: Path) -> None:
    """Another class, method and ensemble first, replaced step by step."""
    settings = {**SETTINGS, "forget_class": "setosa", "method": "finetune", "hyper": {}}
    pipeline.train(as_config("iris", settings), out=out)
    pipeline.unlearn(out)
    pipeline.audit(out, gold=3)
    pipeline.report(out)
    pipeline.unlearn(out, forget_class="2", method="distribution_guided", hyper={"beta": 3}, force=True)
    assert not (out / "run.json").exists()
    assert not (out / "report.html").exists()
    pipeline.unlearn(out, hyper={"steps": 4}, force=True)
    pipeline.audit(out, gold=3)
    pipeline.report(out)


SLOW = pytest.mark.slow

SAID = [from_flags, from_file, from_file_and_flags, from_config_object]


@pytest.mark.parametrize("way", SAID, ids=lambda way: way.__name__)
def test_same_configuration_however_it_is_said(
    way: Callable[[Path], None], finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert configuration(lambda: way(tmp_path / "run"), monkeypatch) == open_run(finished_run).config


def configuration(work: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> qu.RunConfig:
    """What `work` would run, with every choice spelled out; nothing is run."""
    taken: list[qu.RunConfig] = []

    def record(config: qu.RunConfig, **_: Any) -> Path:
        taken.append(set_up(config).config)
        raise SystemExit(0)

    monkeypatch.setattr(pipeline, "run", record)
    with suppress(SystemExit):
        work()
    (config,) = taken
    return config


DONE = [
    from_steps,
    *(pytest.param(way, marks=SLOW, id=way.__name__) for way in (from_python_with_progress, from_detours)),
]


@pytest.mark.parametrize("way", DONE, ids=lambda way: way.__name__)
def test_same_run_however_it_is_done(way: Callable[[Path], None], finished_run: Path, tmp_path: Path) -> None:
    way(tmp_path / "run")
    assert numbers(tmp_path / "run") == numbers(finished_run)
    assert summary(tmp_path / "run") == summary(finished_run)


@pytest.mark.slow
def test_another_seed_is_another_run(finished_run: Path, tmp_path: Path) -> None:
    folder = qu.run("iris", out=tmp_path / "run", seed=1, **SETTINGS)
    same = {name for name, content in numbers(folder).items() if content == numbers(finished_run)[name]}
    assert same == {"circuit.txt", "circuit.svg"}


@pytest.mark.slow
@pytest.mark.parametrize("purpose", PURPOSES)
def test_seeds_vary_apart(purpose: str, finished_run: Path, tmp_path: Path) -> None:
    folder = qu.run("iris", out=tmp_path / "run", seeds={purpose: 1}, **SETTINGS)
    mine, other = numbers(folder), numbers(finished_run)
    assert (mine["split.json"] != other["split.json"]) == (purpose == "data")
    assert (mine["original.safetensors"] != other["original.safetensors"]) == (purpose in ("data", "train"))
    assert mine["evidence.safetensors"] != other["evidence.safetensors"]
    if purpose == "gold":
        assert mine["unlearned.safetensors"] == other["unlearned.safetensors"]


class Stop(Exception):
    pass


STOPS = [
    (stages.Setup, "train", ()),
    (write, "write_trace", ("config.toml", "split.json", "preprocess.json")),
    (stages, "save_model", ("config.toml", "split.json", "preprocess.json", "trace.parquet")),
    (stages.Setup, "problem", ("config.toml", *STAGES["train"])),
    (problem_and_gold, "gold_ensemble", ("config.toml", *STAGES["train"], *STAGES["unlearn"])),
    (of_models, "contrast_of_models", ("config.toml", *STAGES["train"], *STAGES["unlearn"])),
    (write, "write_rows", ("config.toml", *STAGES["train"], *STAGES["unlearn"], "evidence.safetensors")),
    (write, "write_run", tuple(name for name in EVERY if name not in ("run.json", "report.html"))),
    (pipeline.pages, "write", tuple(name for name in EVERY if name != "report.html")),
    (pipeline, "seal_report", EVERY),
]


ALIKE = {stop[1] for stop in STOPS} - {"problem"}
"""By default it stops after training."""


@pytest.mark.parametrize(
    ("module", "name", "left"),
    [pytest.param(*stop, id=stop[1], marks=SLOW if stop[1] in ALIKE else ()) for stop in STOPS],
)
def test_an_interrupted_run_goes_on(
    module: Any,
    name: str,
    left: tuple[str, ...],
    finished_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(*args: Any, **kwargs: Any) -> None:
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(module, name, stop)
        with pytest.raises(Stop):
            qu.run("iris", out=tmp_path / "run", **SETTINGS)
    assert set(contents(tmp_path / "run")) == set(left) if (tmp_path / "run").exists() else not left
    folder = qu.run("iris", out=tmp_path / "run", resume=True, **SETTINGS)
    assert numbers(folder) == numbers(finished_run)
    assert set(contents(folder)) == set(EVERY)
    hashes = json.loads((folder / "run.json").read_text())["sha256"]
    assert set(hashes) == set(EVERY) - {"run.json"}


def test_resuming_repeats_nothing(
    finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(finished_run, tmp_path / "run")
    for module, name in ((stages.Setup, "train"), (problem_and_gold, "gold_ensemble")):
        monkeypatch.setattr(module, name, lambda *args, **kwargs: pytest.fail("done again"))
    (folder / "report.html").unlink()
    qu.run("iris", out=folder, resume=True, **SETTINGS)
    assert (folder / "report.html").is_file()
    assert numbers(folder) == numbers(finished_run)


def test_an_interrupted_replacement_leaves_the_old_run(
    finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(finished_run, tmp_path / "run")
    before = contents(folder)

    def stop(*args: Any, **kwargs: Any) -> None:
        raise Stop

    monkeypatch.setattr(stages.Setup, "train", stop)
    with pytest.raises(Stop):
        qu.run("iris", out=folder, force=True, seed=5, **SETTINGS)
    monkeypatch.setattr(problem_and_gold, "gold_ensemble", stop)
    with pytest.raises(Stop):
        pipeline.audit(folder, gold=4, force=True)
    assert contents(folder) == before


def test_a_report_takes_no_other_split(finished_run: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(finished_run, tmp_path / "run")
    (folder / "split.json").write_bytes((folder / "split.json").read_bytes() + b" ")
    with pytest.raises(qu.InputError, match=r"split.json` was changed after the run"):
        pipeline.report(folder)


def test_force_replaces_the_run_and_nothing_else(finished_run: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(finished_run, tmp_path / "run")
    mine = {"notes.txt": b"mine", "plots/a.png": b"x", "original.json.bak": b"y", ".hidden": b"z"}
    (folder / "plots").mkdir()
    for name, content in mine.items():
        (folder / name).write_bytes(content)
    qu.run("iris", out=folder, force=True, seed=5, **SETTINGS)
    after = contents(folder)
    assert {name: after[name] for name in mine} == mine
    assert set(after) == {*EVERY, *mine, "plots"}
    assert set(json.loads(after["run.json"] or b"")["sha256"]) == set(EVERY) - {"run.json"}
    assert numbers(folder)["evidence.safetensors"] != numbers(finished_run)["evidence.safetensors"]


def test_force_leaves_nothing_of_the_old_run(finished_run: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(finished_run, tmp_path / "run")
    pipeline.train(as_config("iris", SETTINGS), out=folder, force=True)
    assert set(contents(folder)) == {"config.toml", *STAGES["train"]}


@pytest.mark.slow
def test_data_that_changed_since_training_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{i % 7},{i % 5},{i % 3},{'abc'[i % 3]}" for i in range(60)]
    monkeypatch.chdir(tmp_path)
    Path("my.csv").write_text("\n".join(["p,q,r,kind", *rows]))
    settings = {**SETTINGS, "forget_class": "a", "data": {"label": "kind", "n_features": 3}}
    folder = pipeline.train(as_config("my.csv", settings), out="run")
    Path("my.csv").write_text("\n".join(["p,q,r,kind", "9" + rows[0][1:], *rows[1:]]))
    before = contents(folder)
    with pytest.raises(qu.InputError, match=r"the data of my\.csv changed since run was trained"):
        pipeline.unlearn(folder)
    with pytest.raises(qu.InputError, match=r"the data of my\.csv changed"):
        qu.run("my.csv", out=folder, resume=True, **settings)
    assert contents(folder) == before


def test_divergence_is_said_and_leaves_no_numbers(
    finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(finished_run, tmp_path / "run")
    before = contents(folder)
    nowhere = qu.Unlearned(np.full(6, np.nan), {}, 0, Cost(), Cost())
    monkeypatch.setattr(Descent, "__call__", lambda *args, **kwargs: nowhere)
    with pytest.raises(qu.InputError, match="method distribution_guided diverged"):
        pipeline.unlearn(folder, force=True)
    assert contents(folder) == before


@pytest.mark.slow
def test_default_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = qu.run("iris", method="retrain", **{**SETTINGS, "hyper": {}})
    assert folder == Path("runs/iris-forget-virginica-retrain-seed-0")
    assert set(contents(folder)) == set(EVERY)
    with pytest.raises(qu.InputError, match="already holds a run"):
        qu.run("iris", method="retrain", **{**SETTINGS, "hyper": {}})


def test_python_refuses_what_the_command_line_refuses(tmp_path: Path) -> None:
    for settings, says in [
        ({"gould": 3}, "no key `gould`"),
        ({"gold": "three"}, "`gold` must be a whole number"),
        ({"data": {"classes": "3,5"}}, r"`data\.classes` must be a list"),
        ({"training": qu.Seeds()}, "`training` must be a table"),
    ]:
        with pytest.raises(qu.InputError, match=says):
            qu.run("iris", out=tmp_path / "run", **settings)
    with pytest.raises(qu.InputError, match="a RunConfig has its settings already: set gold there"):
        qu.run(qu.RunConfig("iris"), out=tmp_path / "run", gold=3)
    assert not (tmp_path / "run").exists()


def test_the_recorded_command_repeats_the_run(
    finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = json.loads((finished_run / "run.json").read_text())["command"]
    assert command == (
        "qunlearn run iris --forget-class virginica --set steps=4 --set beta=3.0 --gold 3 --features 3 "
        "--qubits 3 --uploads 1 --repetitions 1 --steps 6 --learning-rate 0.3 --out tiny-again"
    )
    monkeypatch.chdir(tmp_path)
    again = configuration(lambda: invoke(shlex.split(command)[1:]), monkeypatch)
    assert again == open_run(finished_run).config
