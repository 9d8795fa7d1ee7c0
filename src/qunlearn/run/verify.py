"""A run folder checks itself: hashes, then everything that follows from something else, computed again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from qunlearn._errors import require
from qunlearn.run.verify_checks import CHECKS
from qunlearn.run.verify_view import Absent, FolderView, Unchecked


@dataclass(frozen=True)
class CheckResult:
    """What one check found; `ok` is None where it could not be made, and `finding` says why."""

    name: str
    ok: bool | None
    finding: str


def verify(folder: Path | str) -> list[CheckResult]:
    """Check the finished run in `folder`; nothing is written.

    Raises `InputError` only where there is no finished run at all; everything else is a finding.
    """
    path = Path(folder)
    require(path.is_dir(), f"there is no run folder `{path}`: give the folder that `qunlearn run` wrote")
    require(
        (path / "run.json").is_file(),
        f"`{path}` holds no finished run (`run.json` is missing): finish it with --resume",
    )
    view = FolderView(path)
    return [attempt(name, check, view) for name, check in CHECKS.items()]


def attempt(name: str, check: Callable[[FolderView], Iterator[str]], view: FolderView) -> CheckResult:
    """What `check` finds; whatever goes wrong in it is a finding, too."""
    try:
        wrong = list(check(view))
    except Absent as reason:
        return CheckResult(name, True, str(reason))
    except Unchecked as reason:
        return CheckResult(name, None, f"not checked: {reason}")
    except Exception as error:  # files of others can be wrong in any way, and each of them is a finding
        wrong = [f"cannot be checked ({_first_line(error)})"]
    return CheckResult(name, not wrong, "; ".join(wrong) or "matches")


def _first_line(error: Exception) -> str:
    text = str(error)
    return text.splitlines()[0] if text.strip() else type(error).__name__
