"""Deletion records: what they say, what they hide, and what they refuse."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from qunlearn._errors import InputError
from qunlearn.record import certify, check_chain, check_record, leaves_of_run, merkle, subjects_that_differ
from qunlearn.run.write import write_sealed


def test_says_what_was_measured_and_names_every_digest(run: Path, key: Path, public: Path) -> None:
    content = check_record(certify(run, request_id="R-17", key=key), public)
    told = content["predicate"]
    assert told["request"] == {"id": "R-17", "kind": "class"}
    assert told["previous"] is None
    assert told["gold"]["models"] == 3
    assert {s["name"] for s in content["subject"]} >= {"original.safetensors", "unlearned.safetensors"}
    for subject in content["subject"]:
        assert subject["digest"]["sha256"] == hashlib.sha256((run / subject["name"]).read_bytes()).hexdigest()
    recall = next(m for m in told["measured"] if m["metric"] == "forget_recall")
    assert recall["low"] < recall["value"] < recall["high"]
    assert told["limits"]


def test_says_with_what_it_was_computed(run: Path, key: Path, public: Path) -> None:
    told = check_record(certify(run, request_id="R-17", key=key), public)["predicate"]["execution"]
    written = json.loads((run / "run.json").read_text())
    keys = {"versions", "machine", "computed", "seeds", "started", "ended", "seconds"}
    assert told == {name: written[name] for name in keys}
    assert told["computed"] == {"engine": "native", "precision": "float64", "threads": 2}


@pytest.mark.parametrize("name", ["computed", "machine"])
def test_a_run_that_does_not_say_how_it_was_computed_is_not_certified(
    run: Path, key: Path, name: str
) -> None:
    told = json.loads((run / "run.json").read_text())
    write_sealed(run / "run.json", {k: v for k, v in told.items() if k not in (name, "seal")})
    with pytest.raises(InputError, match=rf"run\.json` lacks `{name}`"):
        certify(run, request_id="R-17", key=key)
    assert not (run / "deletion-record.json").exists()


def test_never_claims_that_data_are_gone(run: Path, key: Path, public: Path) -> None:
    text = json.dumps(check_record(certify(run, request_id="R-17", key=key), public)).lower()
    assert not [word for word in ("erased", "deleted", "removed completely", "guarantee") if word in text]


def test_one_row_can_be_disclosed_and_nothing_else_is(run: Path, key: Path, public: Path) -> None:
    content = check_record(certify(run, request_id="R-17", key=key), public)
    root = content["predicate"]["split"]["merkle_root"]
    secret = bytes.fromhex((run / "deletion-record.secret").read_text())
    rows = leaves_of_run(run)
    i = next(i for i, record in enumerate(rows.records) if json.loads(record)["role"] == "forget")
    shown = merkle.leaf(merkle.salt(secret, i), rows.records[i])
    assert merkle.climb(shown, merkle.proof(rows.hashes(secret), i)).hex() == root
    assert merkle.leaf(b"", rows.records[i]).hex() not in json.dumps(content)
    assert hashlib.sha256(rows.records[i]).hexdigest() not in json.dumps(content)


def test_the_secret_is_for_its_owner_only_and_new_each_time(run: Path, key: Path) -> None:
    certify(run, request_id="R-17", key=key)
    first = (run / "deletion-record.secret").read_text()
    assert (run / "deletion-record.secret").stat().st_mode & 0o077 == 0
    certify(run, request_id="R-17", key=key, force=True)
    assert (run / "deletion-record.secret").read_text() != first


def test_every_row_has_one_role(run: Path) -> None:
    records = [json.loads(record) for record in leaves_of_run(run).records]
    split = json.loads((run / "split.json").read_text())
    assert sorted(r["row"] for r in records) == sorted(row for part in split.values() for row in part)
    assert [r["role"] for r in records].count("forget") == 30
    assert [r["role"] for r in records].count("holdout") == 2


def test_records_form_a_chain(run: Path, key: Path, public: Path, tmp_path: Path) -> None:
    first = shutil.copy(certify(run, request_id="R-1", key=key), tmp_path / "1.json")
    second = shutil.copy(
        certify(run, request_id="R-2", key=key, previous=first, force=True), tmp_path / "2.json"
    )
    third = shutil.copy(
        certify(run, request_id="R-3", key=key, previous=second, force=True), tmp_path / "3.json"
    )
    ids = [s["predicate"]["request"]["id"] for s in check_chain([first, second, third], public)]
    assert ids == ["R-1", "R-2", "R-3"]
    for broken in ([first, third], [second, first, third]):
        with pytest.raises(InputError, match="does not follow"):
            check_chain(broken, public)


def test_finds_files_that_are_not_those_of_the_record(run: Path, key: Path, public: Path) -> None:
    content = check_record(certify(run, request_id="R-17", key=key), public)
    assert subjects_that_differ(content, run) == []
    (run / "unlearned.safetensors").write_bytes(b"other")
    (run / "run.json").unlink()
    assert subjects_that_differ(content, run) == ["unlearned.safetensors", "run.json"]


@pytest.mark.parametrize("request_id", ["", "Jane Doe", "jane@example.org", "-x", "a" * 129, "ü"])
def test_a_request_id_that_could_name_someone_is_refused(request_id: str, run: Path, key: Path) -> None:
    with pytest.raises(InputError, match="must be opaque"):
        certify(run, request_id=request_id, key=key)


def test_refusals_leave_the_folder_as_it_was(run: Path, key: Path, tmp_path: Path) -> None:
    certify(run, request_id="R-1", key=key)
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    junk = tmp_path / "junk.json"
    junk.write_text("{}")
    for previous in (junk, tmp_path / "none.json", run / "deletion-record.json"):
        with pytest.raises(InputError):
            certify(run, request_id="R-2", key=key, previous=previous, force=True)
    with pytest.raises(InputError, match="is there already"):
        certify(run, request_id="R-2", key=key)
    with pytest.raises(InputError, match="there is no private key"):
        certify(run, request_id="R-2", key=tmp_path / "none.pem", force=True)
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def test_a_changed_run_is_not_certified(run: Path, key: Path) -> None:
    (run / "config.toml").write_text("changed")
    with pytest.raises(InputError, match="changed after the run"):
        certify(run, request_id="R-1", key=key)
    assert not (run / "deletion-record.json").exists()
