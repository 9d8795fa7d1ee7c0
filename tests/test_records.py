import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qunlearn import records
from qunlearn._errors import InputError
from qunlearn.records import Row

FULL = Row(
    "unlearned", "test", "recall/0", 0.5, 0.1, 30, -0.2, 0.6, 0.8, "gold", "fraction", "arXiv:2601.04413"
)
EMPTY = replace(
    FULL, value=None, stderr=None, gap=None, null_low=None, null_high=None, reason="class 0 never occurs"
)


def test_rows_come_back_as_they_were(tmp_path):
    records.write_rows(tmp_path / "rows.parquet", [FULL, EMPTY])
    assert records.read_rows(tmp_path / "rows.parquet") == [FULL, EMPTY]


def test_no_rows_still_have_columns(tmp_path):
    records.write_rows(tmp_path / "rows.parquet", [])
    assert records.read_rows(tmp_path / "rows.parquet") == []


def test_columns_and_types_are_fixed(tmp_path):
    records.write_rows(tmp_path / "rows.parquet", [EMPTY])
    schema = pq.read_schema(tmp_path / "rows.parquet")
    text, number = ("string", False), ("double", True)
    assert {field.name: (str(field.type), field.nullable) for field in schema} == {
        "model": text,
        "split": text,
        "metric": text,
        "value": number,
        "stderr": number,
        "n": ("int64", False),
        "gap": number,
        "null_low": number,
        "null_high": number,
        "target": text,
        "unit": text,
        "source": text,
        "reason": ("string", True),
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "teacher"}, "`model` must be one of original, unlearned, gold, gold_gold, but is teacher"),
        ({"value": float("nan")}, "`value` of metric recall/0 must be finite or None, but is nan"),
        ({"null_high": float("inf")}, "`null_high` of metric recall/0 must be finite"),
        ({"value": None}, "either a `value` or a `reason`"),
        ({"reason": "unknown"}, "either a `value` or a `reason`"),
    ],
)
def test_rows_hold_finite_numbers_or_reasons(change, message):
    with pytest.raises(InputError, match=message):
        replace(FULL, **change)


def test_reading_refuses_what_is_not_rows(tmp_path):
    path = tmp_path / "rows.parquet"
    with pytest.raises(InputError, match="there is no file"):
        records.read_rows(path)
    path.write_bytes(b"PAR1 but no more")
    with pytest.raises(InputError, match="not a readable Parquet file"):
        records.read_rows(path)
    pq.write_table(pa.table({"metric": ["recall"]}), path)
    with pytest.raises(InputError, match="but has metric"):
        records.read_rows(path)


@pytest.mark.parametrize("data", [b"\x00\xff", "λ = ½\n"])
def test_atomic_writing_replaces_the_file_and_leaves_nothing_else(tmp_path, data):
    path = tmp_path / "file"
    path.write_text("older and longer than the new one")
    records.write_atomic(path, data)
    assert path.read_bytes() == (data if isinstance(data, bytes) else data.encode())
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_interrupted_write_keeps_the_older_file(tmp_path, monkeypatch, step):
    path = tmp_path / "file"
    path.write_text("older")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, step, interrupt)
    with pytest.raises(KeyboardInterrupt):
        records.write_atomic(path, "newer")
    assert path.read_text() == "older"
    assert os.listdir(tmp_path) == ["file"]


def test_files_get_the_usual_permissions(tmp_path):
    (tmp_path / "plain").write_text("")
    records.write_atomic(tmp_path / "file", "")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_writing_into_no_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot write file: there is no folder"):
        records.write_atomic(tmp_path / "absent" / "file", "")


def test_json_is_sorted_and_plain(tmp_path):
    path = tmp_path / "file.json"
    content = {"b": np.float32(0.5), "a": np.arange(2), "c": [np.int64(3), np.bool_(True), None], "ä": 0.1}
    records.write_json(path, content)
    text = path.read_text(encoding="utf-8")
    assert text.startswith('{\n  "a": [\n')
    assert text.endswith('"ä": 0.1\n}\n')
    assert json.loads(text) == {"a": [0, 1], "b": 0.5, "c": [3, True, None], "ä": 0.1}


@pytest.mark.parametrize("bad", [float("nan"), np.float64("inf"), np.array([1.0, np.nan])])
def test_json_refuses_what_json_lacks(tmp_path, bad):
    with pytest.raises(InputError, match=r"cannot write file.json: .* store a missing value as null"):
        records.write_json(tmp_path / "file.json", {"value": bad})
    assert os.listdir(tmp_path) == []


def test_json_refuses_other_objects(tmp_path):
    with pytest.raises(TypeError, match="cannot hold a set"):
        records.write_json(tmp_path / "file.json", {"value": {1, 2}})


def test_file_hash(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    assert records.sha256_file(tmp_path / "file") == hashlib.sha256(b"abc").hexdigest()


A, B = np.arange(6.0).reshape(2, 3), np.array([1, 2], dtype=np.int64)


@pytest.mark.parametrize(
    "same",
    [
        {"b": B, "a": A},
        {"a": np.asfortranarray(A), "b": B},
        {"a": A.astype(">f8"), "b": np.array([1, 0, 2])[::2]},
    ],
)
def test_array_hash_ignores_order_and_layout(same):
    assert records.sha256_arrays(same) == records.sha256_arrays({"a": A, "b": B})


@pytest.mark.parametrize(
    "other",
    [
        {"a": A, "c": B},
        {"a": A},
        {"a": A.T, "b": B},
        {"a": A.reshape(3, 2), "b": B},
        {"a": A.astype(np.float32), "b": B},
        {"a": A, "b": B.view(np.float64)},
        {"a": A + 1e-15 * (A == 5), "b": B},
        {"a": B, "b": A},
    ],
)
def test_array_hash_sees_every_change(other):
    assert records.sha256_arrays(other) != records.sha256_arrays({"a": A, "b": B})


@given(st.text(max_size=3), st.binary(max_size=8), st.binary(max_size=8))
def test_array_hash_separates_neighbours(name, left, right):
    def of(first, second):
        return records.sha256_arrays(
            {"a": np.frombuffer(first, np.uint8), name + "b": np.frombuffer(second, np.uint8)}
        )

    assert (of(left, right) == of(left + right, b"")) == (right == b"")


def test_array_hash_refuses_objects():
    with pytest.raises(InputError, match="array `a`, which holds Python objects"):
        records.sha256_arrays({"a": np.array([None])})


def test_array_hash_stays_what_it_was():
    """Caches and records of older versions depend on it."""
    line = b'["a", "<i8", [2]]\n' + bytes([1, *[0] * 7, 2, *[0] * 7])
    assert records.sha256_arrays({"a": B}) == hashlib.sha256(line).hexdigest()


def test_manifest_hashes_every_file_but_those_left_out(tmp_path):
    (tmp_path / "models").mkdir()
    for name in ("run.json", "b", "models/a"):
        (tmp_path / name).write_text(name)
    found = records.manifest(tmp_path, leave_out=("run.json",))
    assert found == {name: hashlib.sha256(name.encode()).hexdigest() for name in ("b", "models/a")}
    assert list(found) == ["b", "models/a"]
    with pytest.raises(InputError, match="there is no folder"):
        records.manifest(tmp_path / "absent")


def test_provenance_names_versions_and_no_place(tmp_path):
    found = records.provenance()
    records.write_json(tmp_path / "provenance.json", found)
    assert found["packages"]["numpy"] == np.__version__
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", found["time"])
    text = json.dumps(found)
    for private in (os.uname().nodename, os.path.expanduser("~"), sys.prefix, os.getcwd()):
        assert private not in text


def test_packages_that_are_absent_are_left_out(monkeypatch):
    monkeypatch.setattr(records, "PACKAGES", ("numpy", "no-such-package-here"))
    assert list(records.provenance()["packages"]) == ["numpy"]


def test_neither_metrics_nor_records_import_jax_or_pyarrow():
    program = (
        "import sys, qunlearn.metrics, qunlearn.records as r; r.provenance(); print(*sorted(sys.modules))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"jax", "optax", "pyarrow", "sklearn", "scipy", "pandas"}.isdisjoint(loaded)


@pytest.mark.parametrize("text", ["", "{", b"\xff\xfe\xfd", "[" * 100_000, b'{"a":' * 100_000])
def test_what_is_no_json_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"."):
        records.parse_json(text)


def test_a_seal_covers_all_but_itself():
    bare = {"b": [1, 2.5], "a": "ä"}
    text = '{\n  "a": "ä",\n  "b": [\n    1,\n    2.5\n  ]\n}\n'
    assert (
        records.seal_of(bare)
        == records.seal_of({**bare, "seal": "x"})
        == hashlib.sha256(text.encode()).hexdigest()
    )
    assert records.seal_of({**bare, "c": None}) != records.seal_of(bare)
