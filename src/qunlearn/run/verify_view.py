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
from qunlearn.data.sources import DATASETS
from qunlearn.metrics.roles import roles_of
from qunlearn.records import Row, parse_json
from qunlearn.results.former_formats import format_of, todays_summary, todays_verdict
from qunlearn.run import extra_models
from qunlearn.run.audit_samples import RoleSamples
from qunlearn.run.config import RunConfig
from qunlearn.run.folder import open_run
from qunlearn.run.levels import LEVELS
from qunlearn.run.role_audit import Judged, RoleAudit, audit_roles
from qunlearn.run.setup import Setup, set_up
from qunlearn.train import load_model


class Unchecked(Exception):
    """Raised by a check that cannot be made; the message says why."""


def data_are_away(config: RunConfig) -> bool:
    """Whether the data of a run are not on this machine: a file that is not there, or a set to download."""
    file = config.data.data_file or (None if config.dataset in DATASETS else config.dataset)
    return DATASETS[config.dataset].download if file is None else not Path(file).is_file()


class Absent(Exception):
    """Raised by a check of something that the run does not have, and need not; the message says so."""


class FolderView:
    """The folder's content, read when it is first needed and kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, Any] = {}
        self.lacking: set[str] = set()  # metrics that rows.parquet has no row of, as checks find them

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
    def config(self) -> RunConfig:
        """The run's configuration; a damaged one is a finding."""
        return self.get("config", lambda: open_run(self.path).config)

    @property
    def setup(self) -> Setup:
        """Data and model of the configuration. Where the data are not here that is unchecked; a configuration
        that cannot be resolved with them is a finding."""

        def read() -> Setup:
            try:
                return set_up(self.config)
            except InputError as error:
                if data_are_away(self.config):
                    raise Unchecked(str(error)) from None
                raise

        return self.get("setup", read)

    @property
    def evaluation(self) -> Evaluation:
        """The audited samples of the evidence."""
        a = self.arrays
        return Evaluation(a["x_audit"], a["y_audit"], a["forget_audit"])

    @property
    def found(self) -> Contrast:
        """The audit of the stored probabilities."""
        a, model = self.arrays, self.original[0]
        names = ("original", "unlearned", "gold")
        summary = self.summary
        p, params = ({n: a[prefix + n] for n in names} for prefix in ("p_", ""))
        index, kind = summary["forget_index"], summary.get("request", {}).get("kind", "class")
        return self.get("found", lambda: contrast(p, params, self.evaluation, index, kind, model.logit_range))

    @property
    def depth(self) -> RoleAudit:
        """Verdict, attacks and states, from the parameters and samples of the evidence: the data need not be
        here."""
        a = self.arrays
        params = {name: a[name] for name in ("original", "unlearned", "gold")}
        others = a.get("unlearned_models"), self._references
        samples = RoleSamples(a["x_roles"], a["y_roles"], roles_of(a["roles"]))
        judged = Judged(self.config, self.original[0], samples, self.evaluation)
        return self.get("depth", lambda: audit_roles(judged, params, *others))

    @property
    def _references(self) -> References | None:
        a = self.arrays
        return References(a["references_p"], a["references_member"]) if "references_p" in a else None

    @property
    def relearning(self) -> list[Row]:
        """The rows of relearning, learnt again; only a full audit has any."""
        if LEVELS[self.config.audit].unlearned == 0:
            return []
        a, setup = self.arrays, self.setup
        return extra_models.relearning(setup, setup.problem(a["original"]), a["unlearned"], a["gold"])
