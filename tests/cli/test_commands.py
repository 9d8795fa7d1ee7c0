"""What the commands print, apart from bad input."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

import qunlearn
from qunlearn.cli import GOES_ON, main
from qunlearn.cli.app import app
from qunlearn.cli.inspect import TABLES
from tiny_run import FLAGS, contents, invoke

STEPS = ("run", "train", "unlearn", "audit", "report")
COMMANDS = (*STEPS, "verify", "certify", "new-key", "compare", "reproduce", "list", "draw", "cite")


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for colour in ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS"):
        monkeypatch.delenv(colour, raising=False)


def lines_of(capsys: pytest.CaptureFixture[str], words: str) -> list[str]:
    assert invoke(words) == 0
    printed = capsys.readouterr()
    assert not printed.err
    lines = printed.out.splitlines()
    assert max(map(cell_len, lines)) <= 80
    return [line.rstrip() for line in lines]


@pytest.mark.parametrize("words", ["", "--help", "-h"])
def test_help_names_every_command(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(lines_of(capsys, words))
    assert [name for name in COMMANDS if re.search(rf"^│ {name} ", text, re.MULTILINE)] == list(COMMANDS)
    assert "Start with qunlearn run iris" in text


def test_no_command_is_forgotten() -> None:
    assert {c.name or c.callback.__name__ for c in app.registered_commands if c.callback} == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = lines_of(capsys, f"{command} --help")
    assert f"Usage: qunlearn {command}" in "\n".join(lines)
    options = [line for line in lines if re.match(r"│\s+--", line)]
    assert options
    assert all(re.search(r"\w[\w ]{3,}.*│$", line) for line in options)


def test_help_of_run_shows_the_panels_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(lines_of(capsys, "run --help"))
    panels = re.findall(r"^╭─ (\w+) ─", text, re.MULTILINE)
    assert panels == ["Arguments", "Options", "Request", "Data", "Model", "Training", "Unlearning", "Audit"]
    for flag in (
        "--forget-class",
        "--standardise",
        "--no-standardise",
        "--set",
        "--gold",
        "--resume",
        "--config",
    ):
        assert flag in text


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines_of(capsys, "--version") == [f"qunlearn {qunlearn.__version__}"]


def test_list_names_its_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines_of(capsys, "list") == list(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_printed_whole(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = lines_of(capsys, f"list {table}")
    columns, rows = TABLES[table]()
    assert len(rows) > 0
    assert lines[0].split("  ")[0] == columns[0] == "id"
    ids = [line.split()[0] for line in lines[1:] if line and not line.startswith(" ")]
    assert ids == [row[0] for row in rows]
    text = "".join(lines).replace(" ", "")
    assert "…" not in text
    for row in rows:
        assert all(str(cell).split()[0].rstrip(".,") in text for cell in row if str(cell))


def test_tables_are_those_of_the_package() -> None:
    from qunlearn.audit.every_metric import EVERY_METRIC
    from qunlearn.circuit.gates import GATES
    from qunlearn.data import DATASETS
    from qunlearn.methods import METHODS

    tables = {"datasets": DATASETS, "methods": METHODS, "metrics": EVERY_METRIC, "gates": GATES}
    for name, table in tables.items():
        assert [row[0] for row in TABLES[name]()[1]] == list(table)


def test_draw_prints_and_saves_the_circuit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = lines_of(capsys, "draw iris --qubits 3 --features 3 --uploads 1 --repetitions 1 --out c.svg")
    assert [line[:10] for line in lines[:3]] == ["q0: RY(x0)", "q1: RY(x1)", "q2: RY(x2)"]
    assert "RZ(θ5)" in lines[2]
    assert lines[-1] == "picture: c.svg"
    assert Path("c.svg").read_text().startswith("<svg")


def test_draw_shows_the_fused_steps(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("draw --fused") == 0
    steps = capsys.readouterr().out.splitlines()
    assert [int(step.split()[0]) for step in steps] == list(range(1, len(steps) + 1))
    assert "RY(x0)" in steps[0]


def test_draw_needs_no_class_to_forget(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("draw breast_cancer --encoding angle") == 0
    assert capsys.readouterr().out.startswith("q0: RY(x0)")


def test_cite(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("cite") == 0
    text = capsys.readouterr().out
    assert "Distribution-Guided and Constrained Quantum Machine Unlearning" in text
    assert "2601.04413" in text
    assert f"version = {{{qunlearn.__version__}}}" in text
    assert text.count("{") == text.count("}")


def test_run_prints_the_table_and_where_the_report_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = lines_of(capsys, f"run {FLAGS} --out r")
    assert "iris" in lines[0]
    assert any("gold" in line for line in lines)
    assert lines[-1] == "report: r/report.html"
    assert Path("r/report.html").is_file()


@pytest.mark.slow
def test_quiet_prints_only_where_things_are(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(finished_run, "r")
    assert lines_of(capsys, f"run {FLAGS} --quiet --out r --resume") == ["report: r/report.html"]
    assert lines_of(capsys, "unlearn r --quiet --force") == ["unlearned model: r", "next: qunlearn audit r"]
    assert lines_of(capsys, "audit r --quiet") == ["audit: r/rows.parquet", "next: qunlearn report r"]
    assert lines_of(capsys, "report r --quiet") == ["report: r/report.html"]
    assert lines_of(capsys, f"train {FLAGS} --quiet --out t") == [
        "trained model: t",
        "next: qunlearn unlearn t",
    ]


def test_the_file_may_name_the_dataset_and_flags_override_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qunlearn.run import pipeline
    from qunlearn.run.config import RunConfig

    taken: list[RunConfig] = []

    def record(config: RunConfig, **_: object) -> Path:
        taken.append(config)
        raise SystemExit(0)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pipeline, "run", record)
    Path("c.toml").write_text(
        'dataset = "wine"\ngold = 3\nseed = 7\n[hyper]\nbeta = 4\nlam = 2\n[data]\nval = 0.1\n'
    )
    for words in (
        "",
        "wine",
        "--method distribution_guided",
        "--gold 5 --test 0.3 --set lam=3",
        "--method finetune",
    ):
        invoke(f"run --config c.toml {words}")
    assert {config.dataset for config in taken} == {"wine"}
    assert taken[0] == taken[1] == taken[2]
    assert (taken[0].gold, taken[0].seed, taken[0].data.val) == (3, 7, 0.1)
    assert taken[0].hyper == {"beta": 4, "lam": 2}
    assert (taken[3].gold, taken[3].data.test, taken[3].data.val, taken[3].hyper) == (
        5,
        0.3,
        0.1,
        {"beta": 4, "lam": 3},
    )
    assert (taken[4].method, taken[4].hyper) == ("finetune", {})


def test_stopping_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from qunlearn.run import problem_and_gold

    def stop(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(problem_and_gold, "gold_ensemble", stop)
    assert invoke(f"run {FLAGS} --out {tmp_path / 'r'}") == 130
    assert capsys.readouterr().err == f"qunlearn: stopped; {GOES_ON}\n"
    assert {"original.json", "unlearned.json"} <= set(contents(tmp_path / "r"))


def test_other_errors_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    from qunlearn.run import pipeline

    def fault(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(pipeline, "run", fault)
    monkeypatch.setattr(sys, "argv", ["qunlearn", "run", "iris"])
    with pytest.raises(ZeroDivisionError):
        main()


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


HEAVY = {"jax", "optax", "numpy", "scipy", "sklearn", "pyarrow", "matplotlib", "jinja2", "rich"}


def test_the_command_line_starts_without_heavy_modules() -> None:
    assert python(f"import sys, qunlearn.cli.app; print({HEAVY} & set(sys.modules))") == "set()"


@pytest.mark.slow
def test_reports_need_no_simulator(finished_run: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(finished_run, tmp_path / "r")
    (folder / "report.html").unlink()
    words = ["qunlearn", "report", str(folder)]
    code = f"import sys; sys.argv = {words}; from qunlearn.cli import main; main(); "
    assert python(code + "print({'jax', 'optax'} & set(sys.modules))").endswith("set()")
    assert (folder / "report.html").is_file()


@pytest.mark.parametrize(("given", "threads"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3")])
def test_linear_algebra_has_one_thread_unless_the_user_says_so(given, threads):
    look = (
        "import os, sys; sys.argv = ['qunlearn', '--version']\n"
        "from qunlearn.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(os.environ['OPENBLAS_NUM_THREADS'])"
    )
    env = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"} | given
    done = subprocess.run([sys.executable, "-c", look], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == threads


def test_a_report_as_markdown_has_verdict_and_criteria_and_writes_nothing(finished_run, capsys):
    before = contents(finished_run)
    assert invoke(f"report {finished_run} --markdown") == 0
    text = capsys.readouterr().out
    verdict = json.loads((finished_run / "verdict.json").read_text())
    assert f"**{verdict['verdict']}**: " in text
    assert verdict["plan_sha256"] in text
    table = text.partition("## The criteria of the verdict")[2].partition("##")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")][2:]
    assert len(lines) == len(verdict["criteria"]) > 0
    for line, found in zip(lines, verdict["criteria"], strict=True):
        assert found["value"] is None or f"| {found['value']:.3f} |" in line
    assert contents(finished_run) == before
