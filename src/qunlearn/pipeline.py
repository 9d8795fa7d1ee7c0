"""The main job in one call: train, unlearn, audit against gold, report."""

from pathlib import Path

from qunlearn import report
from qunlearn.audit import stages
from qunlearn.audit.config import RunConfig
from qunlearn.audit.folder import check_free, claim
from qunlearn.audit.setup import Setup, set_up
from qunlearn.train import Progress, silent


def run(
    config: RunConfig | str,
    *,
    out: Path | str | None = None,
    force: bool = False,
    resume: bool = False,
    progress: Progress = silent,
) -> Path:
    """Do everything that `config` says (or a dataset's name with defaults) and return the run folder.

    `out` defaults to `runs/DATASET-forget-CLASS-METHOD-seed-N`. Input is checked before anything is written; a folder that
    already holds a run is refused unless `force` replaces it or `resume` finishes it. Raises `InputError` otherwise.
    """
    config = RunConfig(config) if isinstance(config, str) else config
    setup = set_up(config)
    path = check_free(out or default_out(setup), force=force, resume=resume)
    folder = claim(path, setup.config, force=force, resume=resume)
    stages.train(setup, folder, progress)
    stages.unlearn(setup, folder, progress)
    if not folder.done("audit"):
        stages.audit(setup, folder, progress, command=command(setup, path))
    report.write(path)
    return path


def default_out(setup: Setup) -> Path:
    """`runs/DATASET-forget-CLASS-METHOD-seed-N`, from the words of the configuration."""
    forgotten = setup.dataset.class_names[setup.forget_class]
    words = [setup.dataset.name, "forget", forgotten, setup.config.method, "seed", str(setup.config.seed)]
    safe = "-".join("".join(c if c.isalnum() or c in "._" else "-" for c in word) for word in words)
    return Path("runs") / safe


def command(setup: Setup, path: Path) -> str:
    """The command that repeats a run from its own folder."""
    return f"qunlearn run {setup.config.dataset} --config {path.name}/config.toml --out {path.name}-again"


