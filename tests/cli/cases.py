"""Cases of bad input: what is run on what, and the check that all share."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tiny_run import contents, invoke

Prepare = Callable[[Path], object]


def nothing(folder: Path) -> None:
    """Leave the working folder as it is."""


@dataclass(frozen=True)
class Case:
    """`command`, run in a folder that `prepare` changed, says `says`."""

    name: str
    command: str
    says: str
    prepare: Prepare = nothing


def check(case: Case, folder: Path, capsys: pytest.CaptureFixture[str], *, code: int = 2) -> None:
    """One sentence and exit code 2, or findings and exit code 1; the files of `folder` stay as they are."""
    case.prepare(folder)
    before = contents(folder)
    capsys.readouterr()
    ended = invoke(case.command)
    printed = capsys.readouterr()
    assert ended == code, printed
    assert case.says in (printed.err if code == 2 else printed.out), printed
    assert "Traceback" not in printed.err + printed.out
    if code == 2:
        assert printed.err.startswith("qunlearn: ")
        assert printed.err.count("\n") == 1
        assert not printed.out
    else:
        assert not printed.err
        assert "does not match" in printed.out.splitlines()[-1]
    assert contents(folder) == before
