"""The configuration of a run: the same whether it comes from a TOML file, from flags or from Python."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from qunlearn._errors import fail, require, require_at_least
from qunlearn.train.fit import Training

T = TypeVar("T")


@dataclass(frozen=True)
class DataConfig:
    """Which rows and columns; None stands for the dataset's own default."""

    classes: tuple[str, ...] | None = None
    label: str | None = None
    data_file: str | None = None
    rows_per_class: int | None = None
    n_features: int | None = None
    standardise: bool | None = None
    test: float = 0.2
    val: float = 0.2
    holdout: float = 0.0


@dataclass(frozen=True)
class ModelConfig:
    """Changes to the seed paper's circuit (`qunlearn.model.VQC`); None leaves its value."""

    n_qubits: int | None = None
    encoding: str | None = None
    ansatz: str | None = None
    uploads: int | None = None
    repetitions: int | None = None
    readout: tuple[int, ...] | None = None
    logit_scale: float | None = None
    head: bool | None = None
    init_sd: float | None = None
    gradient: str | None = None
    engine: str | None = None


@dataclass(frozen=True)
class Seeds:
    """Seeds that vary apart from one another; None takes the run's `seed`."""

    data: int | None = None
    train: int | None = None
    unlearn: int | None = None
    gold: int | None = None


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides a run's numbers.

    `forget_class` is a label as the data has it; None takes the dataset's default. `hyper` are the method's
    hyper-parameters that differ from its defaults, `gold` the number of retrained models.
    """

    dataset: str
    forget_class: str | None = None
    method: str = "distribution_guided"
    hyper: dict[str, Any] = field(default_factory=dict)
    gold: int = 16
    seed: int = 0
    seeds: Seeds = field(default_factory=Seeds)
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    training: Training = field(default_factory=Training)

    def __post_init__(self) -> None:
        require_at_least("gold", self.gold, 2)
        for name in ("seed", *(f"seeds.{f.name}" for f in fields(Seeds))):
            value = self.seed if name == "seed" else getattr(self.seeds, name.removeprefix("seeds."))
            require(value is None or 0 <= value < 2**32, f"`{name}` must be in 0..4294967295, but is {value}")

    def seed_of(self, purpose: str) -> int:
        """The seed for `data`, `train`, `unlearn` or `gold`."""
        own = getattr(self.seeds, purpose)
        return self.seed if own is None else own

    def to_dict(self) -> dict[str, Any]:
        """Nested plain data without the values that are None."""
        return _without_none(asdict(self))


def from_dict(data: Mapping[str, Any]) -> RunConfig:
    """The configuration that `data` spells; unknown keys and wrong types are refused with the allowed ones."""
    return _build(RunConfig, data, "")


def read_config(path: Path | str) -> dict[str, Any]:
    """The TOML file as nested plain data, for `from_dict`; refused when missing or malformed."""
    path = Path(path)
    require(path.is_file(), f"there is no configuration file {path}")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fail(f"configuration file {path} is not valid TOML: {error}")


def write_toml(data: Mapping[str, Any]) -> str:
    """Nested plain data as TOML: scalars first, then one table per mapping."""
    scalars = [f"{k} = {_toml(v)}" for k, v in data.items() if not isinstance(v, Mapping)]
    tables = [f"\n[{k}]\n{write_toml(v)}" for k, v in data.items() if isinstance(v, Mapping) and v]
    return "\n".join(scalars) + "\n" + "".join(tables)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'
    return repr(value)


def _without_none(data: Mapping[str, Any]) -> dict[str, Any]:
    pairs = ((k, _without_none(v) if isinstance(v, Mapping) else v) for k, v in data.items())
    return {k: v for k, v in pairs if v is not None}


def _build(cls: type[T], data: Mapping[str, Any], where: str) -> T:
    hints = get_type_hints(cls)
    names = [f.name for f in fields(cls)]  # type: ignore[arg-type]
    for key in data:
        require(key in hints, f"the configuration has no key `{where}{key}`; allowed are {', '.join(names)}")
    for f in fields(cls):  # type: ignore[arg-type]
        needed = f.default is MISSING and f.default_factory is MISSING
        require(not needed or f.name in data, f"the configuration needs the key `{where}{f.name}`")
    return cls(**{k: _typed(f"{where}{k}", v, hints[k]) for k, v in data.items() if v is not None})


def _typed(name: str, value: Any, kind: Any) -> Any:
    """`value` as `kind`, where that loses nothing: 1 is a float, a list is a tuple, a number can be a label."""
    if get_origin(kind) is UnionType:
        kind = next(k for k in get_args(kind) if k is not NoneType)
    if is_dataclass(kind):
        require(isinstance(value, Mapping), f"`{name}` must be a table")
        return _build(kind, value, f"{name}.")  # type: ignore[type-var]
    if get_origin(kind) is tuple:
        require(isinstance(value, (list, tuple)), f"`{name}` must be a list, but is {value!r}")
        return tuple(_typed(name, v, get_args(kind)[0]) for v in value)
    if get_origin(kind) is dict:
        require(isinstance(value, Mapping), f"`{name}` must be a table")
        return dict(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is str and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    require(fits, f"`{name}` must be {_WORDS[kind]}, but is {value!r}")
    return value


_WORDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
