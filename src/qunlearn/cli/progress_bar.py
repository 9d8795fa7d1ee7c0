"""Progress on the terminal: one line per piece of work, on standard error, silent where nobody looks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qunlearn.train.progress import Progress


@contextmanager
def progress_bar(quiet: bool) -> Iterator["Progress"]:
    """A bar that tells what is being done, loading and compiling included."""
    from rich.console import Console

    from qunlearn.train.progress import silent

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield silent
        return
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    words = TextColumn("{task.description}")
    with Bar(
        SpinnerColumn(), words, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as bar:
        loading = task = bar.add_task("loading", total=None)
        work = ""

        def progress(what: str, done: int, total: int) -> None:
            nonlocal task, work
            if not work:
                bar.remove_task(loading)
            if not work or (done == 0 and work != what):
                if work:
                    bar.stop_task(task)
                task, work = bar.add_task(what, total=total), what
            bar.update(task, description=what, completed=done, total=total)

        try:
            yield progress
        finally:
            if not work:
                bar.remove_task(loading)
