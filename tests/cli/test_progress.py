"""The progress bar: silent where nobody looks, otherwise one line per piece of work."""

import io

import pytest
import rich.console

from qunlearn.cli.progress_bar import progress_bar
from qunlearn.train.progress import silent


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    screen = io.StringIO()
    made = rich.console.Console

    def console(**options: object) -> rich.console.Console:
        assert options == {"stderr": True}
        return made(file=screen, force_terminal=True, width=100, color_system=None)

    monkeypatch.setattr(rich.console, "Console", console)
    return screen


def last_frame(screen: io.StringIO) -> list[str]:
    frame = screen.getvalue().split("\x1b[2K")[-1].replace("\x1b[?25h", "")
    return [line.strip() for line in frame.splitlines() if line.strip()]


def test_silent_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(quiet=False) as progress:
        assert progress is silent
    assert capsys.readouterr() == ("", "")


def test_silent_when_asked(terminal: io.StringIO) -> None:
    with progress_bar(quiet=True) as progress:
        assert progress is silent
    assert terminal.getvalue() == ""


def test_one_line_per_piece_of_work(terminal: io.StringIO) -> None:
    with progress_bar(quiet=False) as progress:
        progress("training (compiling)", 0, 30)
        progress("training", 15, 30)
        progress("training", 30, 30)
        progress("unlearning (compiling)", 0, 4)
        progress("unlearning", 4, 4)
    lines = last_frame(terminal)
    assert [line.split()[0] for line in lines] == ["training", "unlearning"]
    assert "30/30" in lines[0]
    assert "4/4" in lines[1]


def test_compiling_is_said(terminal: io.StringIO) -> None:
    with progress_bar(quiet=False) as progress:
        progress("training (compiling)", 0, 30)
    assert "training (compiling)" in terminal.getvalue()
    assert "0/30" in terminal.getvalue()


def test_nothing_stays_when_input_is_refused(terminal: io.StringIO) -> None:
    with pytest.raises(ValueError, match="bad"), progress_bar(quiet=False):
        raise ValueError("bad")
    assert last_frame(terminal) == []
