"""What an audit found, of whatever models: the verdict and all that led to it."""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile

from qunlearn._errors import fail, require
from qunlearn.audit.contrast import Contrast
from qunlearn.audit.contrast_table import text_table
from qunlearn.audit.plan import Plan
from qunlearn.audit.prediction_page import markdown
from qunlearn.audit.sample_risks import SampleRisk
from qunlearn.audit.verdict import Verdict
from qunlearn.records import (
    Row,
    provenance,
    write_atomic,
    write_json,
    write_parquet,  # pyright: ignore[reportUnknownVariableType]
    write_rows,
)


@dataclass(frozen=True, eq=False)
class Audit:
    """The `verdict` (PASS, FAIL or INCONCLUSIVE with everything that led to it), the `plan` that it was made
    by, the `rows` of every metric, and `risks`, one for every sample; printed, a table and the verdict.

    `arrays_sha256` is the hash of all labels, roles and probabilities. `contrast`: for models of this package
    what the printed table shows, original and unlearned model beside gold on the test samples; None where the
    audit is of predictions.
    """

    verdict: Verdict
    plan: Plan
    rows: list[Row]
    risks: list[SampleRisk]
    arrays_sha256: str
    contrast: Contrast | None = None

    def with_contrast(self, contrast: Contrast, rows: list[Row]) -> "Audit":
        """The same with a contrast on the test samples and its rows."""
        return replace(self, contrast=contrast, rows=[*rows, *self.rows])

    def __str__(self) -> str:
        """Headline values and verdict in plain text, at most 80 columns; of predictions in Markdown."""
        if self.contrast is None:
            return markdown(self.verdict, self.rows, self.risks)
        return f"{text_table(self.contrast)}\n{self.verdict.sentence}"

    def write(self, folder: Path | str) -> Path:
        """Write `plan.json`, `rows.parquet`, `samples.parquet`, `audit.md` and `verdict.json` into `folder`,
        which is made if need be; files of these names are replaced."""
        folder = Path(folder)
        check_place(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "plan.json", self.plan.to_dict())
        write_rows(folder / "rows.parquet", self.rows)
        write_parquet(folder / "samples.parquet", self.risks)
        write_atomic(folder / "audit.md", markdown(self.verdict, self.rows, self.risks) + "\n")
        found = {"plan": self.plan.to_dict(), "data_sha256": self.arrays_sha256, "made": provenance()}
        write_json(folder / "verdict.json", {**self.verdict.to_dict(), **found})
        return folder


def check_place(folder: Path) -> None:
    """Refuse a place for results that is not a folder, cannot be written to, or holds a run: its evidence is
    never replaced."""
    place = folder.absolute()
    try:
        ground = next(p for p in (place, *place.parents) if p.exists())
        TemporaryFile(dir=ground).close()
    except OSError as error:
        fail(f"{folder} cannot be written to ({error.strerror}): choose another --out")
    sealed = (folder / "run.json").exists() or (folder / "config.toml").exists()
    require(not sealed, f"{folder} holds a run, whose evidence is never replaced: choose another --out")
