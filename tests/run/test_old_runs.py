"""A run folder of an earlier format, made by the version before: read, verified, certified and reported."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pyarrow import parquet

from qunlearn._errors import InputError
from qunlearn.audit.plan import Plan
from qunlearn.records import sha256_file
from qunlearn.results.former_formats import FORMAT, format_of
from qunlearn.results.run_results import read, read_summary
from qunlearn.run import pipeline
from qunlearn.run.folder import check_same, open_run
from qunlearn.run.verify import verify
from qunlearn.run.write import write_sealed
from tiny_run import contents, invoke

OLD = Path(__file__).parent / "old_runs"
KEY = OLD / "format-1.pem.pub"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copytree(OLD / "format-1", tmp_path / "run"))


def json_of(folder: Path, name: str) -> dict:
    return json.loads((folder / name).read_text())


def reseal(folder: Path, **changes: object) -> None:
    told = {**json_of(folder, "run.json"), **changes}
    told.pop("seal")
    told["sha256"] = {p.name: sha256_file(p) for p in folder.iterdir() if p.name in told["sha256"]}
    write_sealed(folder / "run.json", told)


def test_the_number_is_written() -> None:
    assert "format" not in json_of(OLD / "format-1", "run.json")
    assert FORMAT == 2, "a new format needs its upgrade in former_formats and a folder in old_runs"


def test_its_files_are_read_by_todays_names(old: Path) -> None:
    written, found = json_of(old, "summary.json")["verdict"], read(old)
    assert found.summary == read_summary(old)
    assert found.summary["verdict"] == {key: written[key] for key in ("decision", "because")}
    assert found.summary["spread"] == {key: written[key] for key in ("sentence", "checks")}
    assert found.verdict is not None
    again = Plan.from_dict(found.verdict["plan"]).canonical()
    assert json.loads(again) == found.verdict["plan"]


def test_it_is_verified_with_its_record(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("cryptography")
    checks = {check.name: check for check in verify(old)}
    assert checks.pop("report").finding == "there is no report.html yet: write it with `qunlearn report`"
    assert {check.finding for check in checks.values()} == {"matches"}
    assert invoke(["verify", str(old), "--public-key", str(KEY)]) == 0
    said = capsys.readouterr().out
    assert "signed, and matches" in said
    assert "everything matches" in said
    assert invoke(["verify", str(old / "deletion-record.json"), "--public-key", str(KEY)]) == 0
    assert "request R-1, INCONCLUSIVE: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "old_text", "new_text", "check"),
    [
        ("verdict.json", '"deals": 999', '"deals": 998', "verdict"),
        ("verdict.json", '"plan_sha256": "', '"plan_sha256": "0', "verdict"),
        ("summary.json", '"decision": "INCONCLUSIVE"', '"decision": "PASS"', "summary"),
        ("summary.json", "measures lie within", "measures lie within all", "summary"),
    ],
)
def test_a_change_is_found(old: Path, name: str, old_text: str, new_text: str, check: str) -> None:
    text = (old / name).read_text()
    assert old_text in text
    (old / name).write_text(text.replace(old_text, new_text))
    reseal(old)
    assert {one.name for one in verify(old) if one.ok is False} == {check}


@pytest.mark.slow
def test_its_page_is_written_anew_and_one_of_then_is_left_unchecked(old: Path) -> None:
    pipeline.report(old)
    assert format_of(json_of(old, "run.json")) == 1
    assert {check.finding for check in verify(old)} == {"matches"}
    (old / "report.html").write_text("<p>as it was then</p>")
    reseal(old)
    report = next(check for check in verify(old) if check.name == "report")
    assert report.ok is None
    assert report.finding.startswith("not checked: report.html was written by an earlier version (format 1")


@pytest.mark.slow
def test_a_page_of_today_is_checked(finished_run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(finished_run, tmp_path / "run"))
    assert json_of(run, "run.json")["format"] == FORMAT
    (run / "report.html").write_text("<p>PASS</p>")
    reseal(run)
    assert {check.name for check in verify(run) if check.ok is False} == {"report"}


@pytest.mark.parametrize("number", [3, 0, "2"])
def test_a_later_format_is_refused_in_a_sentence(old: Path, number: object) -> None:
    reseal(old, format=number)
    with pytest.raises(InputError, match=r"and this version reads formats 1 to 2: install the version"):
        read(old)


def test_an_audit_of_it_writes_todays_format(old: Path) -> None:
    pipeline.audit(old, force=True)
    assert json_of(old, "run.json")["format"] == FORMAT
    assert set(json_of(old, "summary.json")["verdict"]) == {"decision", "because"}


def test_a_folder_of_today_does_not_pass_for_an_earlier_one(finished_run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(finished_run, tmp_path / "run"))
    for number, sentence in ((1, "summary.json is of format 2"), (True, "has format True")):
        reseal(run, format=number)
        with pytest.raises(InputError, match=sentence):
            read(run)
        assert any(check.ok is False for check in verify(run))


@pytest.mark.parametrize("command", ["audit", "unlearn"])
def test_a_run_of_a_later_version_is_not_spoilt(
    command: str, old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reseal(old, format=99)
    before = contents(old)
    assert invoke([command, str(old), "--force"]) == 2
    assert "has format 99, and this version reads" in capsys.readouterr().err
    assert contents(old) == before


def test_a_page_that_a_record_is_about_is_not_replaced_by_another(old: Path) -> None:
    (old / "report.html").write_text("<p>as it was then</p>")
    reseal(old)
    with pytest.raises(InputError, match=r"holds a deletion record that is about its report\.html"):
        pipeline.report(old)
    (old / "deletion-record.json").unlink()
    pipeline.report(old)


def test_a_metric_that_did_not_exist_then_is_not_a_forgery(finished_run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(finished_run, tmp_path / "run"))
    table = parquet.read_table(run / "rows.parquet")
    kept = [row for row in table.to_pylist() if row["metric"] != "agreement_retain"]
    assert 0 < len(kept) < table.num_rows
    parquet.write_table(type(table).from_pylist(kept, table.schema), run / "rows.parquet")
    (run / "report.html").unlink()
    told = json_of(run, "run.json")
    told["sha256"].pop("report.html")
    reseal(run, sha256=told["sha256"])
    found = {check.name: check for check in verify(run) if check.ok is not True}
    assert set(found) == {"every metric"}
    assert found["every metric"].finding.startswith("not checked: rows.parquet has no agreement_retain: ")


def test_a_former_name_of_a_method_is_the_same_configuration(old: Path) -> None:
    config = replace(open_run(old).config, method="gauss_newton_replay", hyper={})
    text = re.sub(r"\[hyper\][^\[]*", "", (old / "config.toml").read_text())
    (old / "config.toml").write_text(re.sub(r'method = "\w+"', 'method = "gold_matched"', text))
    assert "gold_matched" in (old / "config.toml").read_text()
    check_same(old, config)
