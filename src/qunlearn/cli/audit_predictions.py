"""`audit --probabilities`: the audit of models that were not trained here, from their answers."""

from pathlib import Path

import typer

from qunlearn._errors import require


def audit_probabilities(path: Path, plan: Path | None, out: Path | None, quiet: bool) -> None:
    """Audit the arrays of `path` and write the results to `out`, by default beside them."""
    from qunlearn.audit.of_predictions import audit_folder

    require(path.exists(), f"there is no file or folder {path}")
    found = audit_folder(path, out, plan)
    if not quiet:
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(str(found)))
    where = out if out is not None else path if path.is_dir() else path.parent
    typer.echo(f"{found.verdict.sentence}\nverdict: {where / 'verdict.json'}")
