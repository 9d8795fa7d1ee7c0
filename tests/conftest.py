"""What holds for every test: types are checked, programs compile quickly, no test sees another's files."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from fcntl import LOCK_EX, flock
from importlib.metadata import version
from itertools import count
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

from tiny_run import SETTINGS

_hook = install_import_hook("qunlearn", "typechecker.check")
_number = count()


def _environment() -> None:
    """For this process and those that it starts; read when JAX and NumPy are imported."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line has it
    # the tests compile much and compute little; without these emitters a quarter is saved
    os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
    if version("jaxlib").startswith("0.10."):  # elsewhere it might end the process
        os.environ.setdefault("XLA_FLAGS", "--xla_cpu_use_fusion_emitters=false")
    if (
        "PYTEST_XDIST_WORKER" not in os.environ
    ):  # a program is compiled once a run of the tests, and then forgotten
        folder = tempfile.mkdtemp(prefix="qunlearn-compiled-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["JAX_COMPILATION_CACHE_DIR"] = folder
        os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
        os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"


_environment()


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test sees what the user keeps, or leaves something there."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("QUNLEARN_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def _own_gold_models(_own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees gold models of another."""
    monkeypatch.setenv("QUNLEARN_CACHE_DIR", str(_own_cache / str(next(_number))))


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A finished tiny run; copy it before changing it."""
    import qunlearn as qu

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUNLEARN_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        workers = "PYTEST_XDIST_WORKER" in os.environ
        folder = tmp_path_factory.getbasetemp().parent if workers else tmp_path_factory.mktemp("runs")
        with (folder / "lock").open("w") as lock:  # the other worker waits for this run and takes it
            flock(lock, LOCK_EX)
            if not (folder / "tiny" / "report.html").is_file():
                qu.run("iris", out=folder / "tiny", **SETTINGS)
        yield folder / "tiny"


@pytest.fixture(scope="session")
def signed(finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run `r`, its deletion record, the record `later` that follows it, and keys."""
    pytest.importorskip("cryptography")
    from qunlearn import record as certificate

    folder = tmp_path_factory.mktemp("signed")
    shutil.copytree(finished_run, folder / "r")
    for name in ("key.pem", "other.pem"):
        certificate.new_key(folder / name)
    key, record = folder / "key.pem", folder / "first.json"
    shutil.copy(certificate.certify(folder / "r", request_id="R-1", key=key), record)
    later = certificate.certify(folder / "r", request_id="R-2", key=key, previous=record, force=True)
    shutil.copy(later, folder / "later.json")
    (folder / "rsa.pem").write_bytes(_foreign_key(secret=None))
    (folder / "locked.pem").write_bytes(_foreign_key(secret=b"word"))
    return folder


def _foreign_key(secret: bytes | None) -> bytes:
    """A private key of another kind, or one under a password."""
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    key = ec.generate_private_key(ec.SECP256R1()) if secret is None else ed25519.Ed25519PrivateKey.generate()
    lock = s.NoEncryption() if secret is None else s.BestAvailableEncryption(secret)
    return key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, lock)


@pytest.fixture
def copied(signed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder `signed`, copied and made the working folder."""
    monkeypatch.chdir(shutil.copytree(signed, tmp_path / "copied"))
    return tmp_path / "copied"
