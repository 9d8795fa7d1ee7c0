"""Progress on the terminal: one line per piece of work, on standard error, silent where nobody looks."""

from collections.abc import Iterator
from contextlib import contextmanager

from qunlearn.train.progress import Progress, silent


@contextmanager
def progress_bar(quiet: bool) -> Iterator[Progress]:
    """A bar that tells what is being done, compiling included."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield silent
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("loading", total=None)
        work = ""

        def progress(what: str, done: int, total: int) -> None:
            nonlocal task, work
            if done == 0 and work != what:
                if work:
                    bar.stop_task(task)
                    task = bar.add_task(what, total=total)
                work = what
            bar.update(task, description=what, completed=done, total=total)

        yield progress
