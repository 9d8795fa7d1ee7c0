"""Cases of input that is refused: what is called or run on what, and the checks that all share."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qunlearn._errors import InputError
from tiny_run import contents, invoke

Prepare = Callable[[Path], object]


def nothing(folder: Path) -> None:
    """Leave the working folder as it is."""


@dataclass(frozen=True)
class Case:
    """`does`, a command or a call, in a folder that `prepare` changed, says `says`."""

    name: str
    does: Any
    says: str
    prepare: Prepare = nothing


def check_call(case: Case, folder: Path) -> None:
    """One sentence, and the files of `folder` stay as they are."""
    case.prepare(folder)
    before = contents(folder)
    with pytest.raises(InputError) as refusal:
        case.does()
    sentence = str(refusal.value)
    assert case.says in sentence
    assert "\n" not in sentence
    assert not sentence.endswith(".")
    assert contents(folder) == before


def check_command(
    case: Case, folder: Path, capsys: pytest.CaptureFixture[str], *, findings: bool = False
) -> None:
    """One sentence on stderr and exit code 2, or `findings` and exit code 1; nothing is written."""
    case.prepare(folder)
    before = contents(folder)
    capsys.readouterr()
    ended = invoke(case.does)
    printed = capsys.readouterr()
    assert ended == (1 if findings else 2), printed
    assert case.says in (printed.out if findings else printed.err), printed
    assert "Traceback" not in printed.err + printed.out
    if findings:
        assert not printed.err
        assert "does not match" in printed.out.splitlines()[-1]
    else:
        assert printed.err.startswith("qunlearn: ")
        assert printed.err.endswith("\n")
        assert printed.err.count("\n") == 1
        assert not printed.out
    assert contents(folder) == before
