"""The flags of `run` and `train`, as a table: each names the configuration key that it sets."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from qunlearn._errors import require


@dataclass(frozen=True)
class Flag:
    """`--name` sets `key` (dotted) to a value of `kind`; `many` takes a comma-separated list."""

    name: str
    key: str
    kind: type
    help: str
    panel: str
    many: bool = False


FLAGS = (
    Flag("forget-class", "forget_class", str, "Label of the class to forget, as the data has it.", "Request"),
    Flag("method", "method", str, "Unlearning method (`qunlearn list methods`).", "Unlearning"),
    Flag("gold", "gold", int, "Number of models retrained without the class.", "Unlearning"),
    Flag("seed", "seed", int, "Seed of everything; `--config` can set the seeds apart.", "Unlearning"),
    Flag("classes", "data.classes", str, "Classes to use, in this order: 3,5,7.", "Data", many=True),
    Flag("label", "data.label", str, "Label column of a CSV or Parquet file.", "Data"),
    Flag("data-file", "data.data_file", str, "Downloaded file of the dataset, such as covtype.data.gz.", "Data"),
    Flag("rows-per-class", "data.rows_per_class", int, "Rows drawn from each class.", "Data"),
    Flag("features", "data.n_features", int, "Model inputs d; fewer than the columns means PCA.", "Data"),
    Flag("standardise", "data.standardise", bool, "Standardise the columns before PCA.", "Data"),
    Flag("test", "data.test", float, "Share of every class that is only tested on.", "Data"),
    Flag("val", "data.val", float, "Share of the rest that selects the parameters to keep.", "Data"),
    Flag("qubits", "model.n_qubits", int, "Number of qubits.", "Model"),
    Flag("encoding", "model.encoding", str, "Feature map (`qunlearn list encodings`).", "Model"),
    Flag("ansatz", "model.ansatz", str, "Trainable block (`qunlearn list ansatze`).", "Model"),
    Flag("uploads", "model.uploads", int, "Encoding-ansatz blocks; more than one re-uploads the data.", "Model"),
    Flag("repetitions", "model.repetitions", int, "Repetitions within an ansatz block.", "Model"),
    Flag("logit-scale", "model.logit_scale", float, "Factor on the read-out ⟨Z⟩.", "Model"),
    Flag("head", "model.head", bool, "Read logits from a trained linear head on all qubits.", "Model"),
    Flag("gradient", "model.gradient", str, "Derivative rule (`qunlearn list gradients`).", "Model"),
    Flag("engine", "model.engine", str, "Simulator (`qunlearn list engines`).", "Model"),
    Flag("steps", "training.steps", int, "Training iterations.", "Training"),
    Flag("batch", "training.batch", int, "Rows in a mini-batch; 0 takes all.", "Training"),
    Flag("learning-rate", "training.learning_rate", float, "Peak learning rate of Adam.", "Training"),
    Flag("val-every", "training.val_every", int, "Iterations between looks at the validation rows.", "Training"),
)


def with_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Add every flag to a typer command, which gets those that were given as the dictionary `flags`."""
    own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "flags"]
    added = [_parameter(flag) for flag in FLAGS]

    def wrapped(**values: Any) -> None:
        given = {f.key: _value(f, values.pop(_name(f))) for f in FLAGS}
        command(flags={k: v for k, v in given.items() if v is not None}, **values)

    parameters = sorted([*own, *added], key=lambda p: p.kind)
    wrapped.__name__, wrapped.__doc__ = command.__name__, command.__doc__
    wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {p.name: p.annotation for p in parameters}
    return wrapped


def merge(base: Mapping[str, Any], flags: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the dotted keys of `flags` set."""
    merged = {k: dict(v) if isinstance(v, Mapping) else v for k, v in base.items()}
    for key, value in flags.items():
        section, _, name = key.rpartition(".")
        if section:
            require(isinstance(merged.get(section, {}), Mapping), f"`{section}` in the configuration must be a table")
        (merged.setdefault(section, {}) if section else merged)[name] = value
    return merged


def hyper_parameters(pairs: list[str]) -> dict[str, Any]:
    """`name=value` strings as hyper-parameters; a value is read as TOML, and as text where it is none."""
    import tomllib

    hyper: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        require(equals and name, f"--set takes name=value, such as --set beta=3, but got {pair}")
        try:
            hyper[name.strip()] = tomllib.loads(f"v = {text}")["v"]
        except tomllib.TOMLDecodeError:
            hyper[name.strip()] = text.strip()
    return hyper


def _name(flag: Flag) -> str:
    return flag.name.replace("-", "_")


def _parameter(flag: Flag) -> inspect.Parameter:
    names = [f"--{flag.name}/--no-{flag.name}" if flag.kind is bool else f"--{flag.name}"]
    kind = str if flag.many else flag.kind
    option = typer.Option(*names, help=flag.help, rich_help_panel=flag.panel)
    return inspect.Parameter(
        _name(flag), inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )


def _value(flag: Flag, value: Any) -> Any:
    if value is None or not flag.many:
        return value
    return [part.strip() for part in value.split(",") if part.strip()]
