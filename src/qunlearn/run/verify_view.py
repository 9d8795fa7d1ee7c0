"""What the checks of a run folder look at: its content and what follows from it, each once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from qunlearn._errors import InputError, require
from qunlearn.attacks import References
from qunlearn.audit.contrast import Contrast, contrast
from qunlearn.data.requests import Evaluation
from qunlearn.records import Row, parse_json
from qunlearn.results.former_formats import format_of, todays_summary, todays_verdict
from qunlearn.run import extra_models
from qunlearn.run.folder import open_run
from qunlearn.run.role_audit import RoleAudit, audit_roles
from qunlearn.run.setup import Setup, set_up
from qunlearn.train import load_model


class Unchecked(Exception):
    """Raised by a check that cannot be made; the message says why."""


class FolderView:
    """The folder's content, read when it is first needed and kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, Any] = {}

    def get(self, name: str, reader: Callable[[], Any]) -> Any:
        if name not in self._read:
            self._read[name] = reader()
        return self._read[name]

    @property
    def run(self) -> dict[str, Any]:
        def read() -> dict[str, Any]:
            run = parse_json((self.path / "run.json").read_bytes())
            whole = isinstance(run, dict) and isinstance(run.get("sha256"), dict)
            require(whole, "run.json must hold a JSON object with the table `sha256`")
            return run

        return self.get("run", read)

    @property
    def format(self) -> int:
        """The format of the folder."""
        return format_of(self.run)

    def json(self, name: str) -> Any:
        """The content of a JSON file as it is."""
        return json.loads((self.path / name).read_bytes())

    @property
    def summary(self) -> dict[str, Any]:
        """`summary.json` with today's names."""
        return todays_summary(self.json("summary.json"), self.format)

    @property
    def verdict(self) -> dict[str, Any]:
        """`verdict.json` with today's names."""
        return todays_verdict(self.json("verdict.json"), self.format)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        from safetensors.numpy import load_file

        return self.get("arrays", lambda: load_file(self.path / "evidence.safetensors"))

    @property
    def original(self) -> tuple[Any, np.ndarray, dict[str, Any]]:
        return self.get("original", lambda: load_model(self.path / "original"))

    @property
    def unlearned(self) -> tuple[Any, np.ndarray, dict[str, Any]]:
        return self.get("unlearned", lambda: load_model(self.path / "unlearned"))

    @property
    def setup(self) -> Setup:
        """Data and model of the configuration; unchecked where the data cannot be had here."""

        def read() -> Setup:
            try:
                return set_up(open_run(self.path).config)
            except InputError as error:
                raise Unchecked(str(error)) from None

        return self.get("setup", read)

    @property
    def found(self) -> Contrast:
        """The audit of the stored probabilities."""
        a, model = self.arrays, self.original[0]
        names = ("original", "unlearned", "gold")
        summary = self.summary
        rows = Evaluation(a["x_audit"], a["y_audit"], a["forget_audit"])
        p, params = ({n: a[prefix + n] for n in names} for prefix in ("p_", ""))
        index, kind = summary["forget_index"], summary.get("request", {}).get("kind", "class")
        return self.get("found", lambda: contrast(p, params, rows, index, kind, model.logit_range))

    @property
    def depth(self) -> RoleAudit:
        """Verdict, attacks and states, from the parameters."""
        a = self.arrays
        params = {name: a[name] for name in ("original", "unlearned", "gold")}
        others = a.get("unlearned_models"), self._references
        return self.get("depth", lambda: audit_roles(self.setup, params, *others))

    @property
    def _references(self) -> References | None:
        a = self.arrays
        return References(a["references_p"], a["references_member"]) if "references_p" in a else None

    @property
    def relearning(self) -> list[Row]:
        """The rows of relearning, learnt again."""
        a, setup = self.arrays, self.setup
        return extra_models.relearning(setup, setup.problem(a["original"]), a["unlearned"], a["gold"])
