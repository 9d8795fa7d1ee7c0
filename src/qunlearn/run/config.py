"""The configuration of a run: the same whether it comes from a TOML file, from flags or from Python."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from qunlearn._errors import require, require_at_least, require_one_of
from qunlearn._former_names import current_name
from qunlearn.audit import LEAST_GOLD
from qunlearn.data import parse_poison
from qunlearn.data.requests import read_ids
from qunlearn.run.levels import LEVELS
from qunlearn.run.typed import build
from qunlearn.train.fit import Training

PURPOSES = ("data", "train", "unlearn", "gold")
"""What a run draws random numbers for."""


@dataclass(frozen=True)
class DataConfig:
    """Which rows and columns; None stands for the dataset's own default.

    `classes` in this order, `label` column of a file, `id` the column whose values name its rows in requests,
    `drop` columns to leave out, `data_file` the user's copy of a named dataset,
    `rows_per_class` drawn (0: all), `n_features` after PCA. `test` is a share of every class, `val` and
    `holdout` shares of what is left: validation samples select the parameters to keep, test samples are what
    the audit looks at, so neither can be empty. `poison` spoils training samples
    (`qunlearn.data.parse_poison`).
    """

    classes: tuple[str, ...] | None = None
    label: str | None = None
    data_file: str | None = None
    rows_per_class: int | None = None
    n_features: int | None = None
    standardise: bool | None = None
    test: float = 0.2
    val: float = 0.2
    holdout: float = 0.0
    poison: str | None = None
    id: str | None = None
    drop: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("test", "val"):
            share = getattr(self, name)
            require(0 < share < 1, f"`{name}` must be a fraction above 0 and below 1, but is {share}")
        if self.poison is not None:
            parse_poison(self.poison)


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
    precision: str | None = None


@dataclass(frozen=True)
class Seeds:
    """Seeds that vary apart from one another; None takes the run's `seed`."""

    data: int | None = None
    train: int | None = None
    unlearn: int | None = None
    gold: int | None = None


@dataclass(frozen=True)
class FederatedConfig:
    """Federated training among `clients`; None trains with one owner of all rows.

    `alpha` is the label skew (None: none, see `assign_clients`), `local_steps` is what every client trains
    alone between two averages.
    """

    clients: int | None = None
    alpha: float | None = None
    local_steps: int = 10

    def __post_init__(self) -> None:
        require_at_least("local_steps", self.local_steps, 1)
        alone = self.clients is None and self.alpha is not None
        require(not alone, "`federated.alpha` skews clients: say how many with `federated.clients`")


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides a run's numbers.

    One of the keys `forget_...` says what to forget: a class by its label, training samples by their ids, a
    random share of them, those that were poisoned, a feature, a client of a federation; without any of them
    the dataset's default class. `then` lists requests that follow on the same model, in the words of
    `RequestSpec.from_text`; `after` those that came before, in the folder of one step of such a
    sequence. `hyper` are the method's hyper-parameters that differ from its defaults. `audit` is a line of
    `LEVELS`, `gold` the number of retrained models (None: the level's). Raises `InputError` for values
    outside their range; what only the data can tell is found by `qunlearn.run.setup.set_up`.
    """

    dataset: str
    forget_class: str | None = None
    method: str = "distribution_guided"
    hyper: dict[str, Any] = field(default_factory=dict)
    audit: str = "standard"
    gold: int | None = None
    seed: int = 0
    seeds: Seeds = field(default_factory=Seeds)
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    training: Training = field(default_factory=Training)
    federated: FederatedConfig = field(default_factory=FederatedConfig)
    forget_ids: tuple[int, ...] | None = None
    forget_random: float | None = None
    forget_poisoned: bool | None = None
    forget_feature: str | None = None
    forget_client: int | None = None
    then: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", current_name(self.method))
        require_one_of("audit", self.audit, LEVELS)
        require(
            self.gold is None or self.gold >= LEAST_GOLD,
            f"`gold` must be >= {LEAST_GOLD}, or there is no spread to judge by, but is {self.gold}",
        )
        own = {f"seeds.{purpose}": seed for purpose, seed in asdict(self.seeds).items()}
        for name, seed in {"seed": self.seed, **own}.items():
            require(seed is None or 0 <= seed < 2**32, f"`{name}` must be in 0..{2**32 - 1}, but is {seed}")

    def seed_of(self, purpose: str) -> int:
        """The seed for one of `PURPOSES`."""
        own = getattr(self.seeds, purpose)
        return self.seed if own is None else own

    def to_dict(self) -> dict[str, Any]:
        """Nested plain data without the values that are None, and without empty lists of requests."""
        data = _without_none(asdict(self))
        return {k: v for k, v in data.items() if v or k not in ("then", "after")}


def from_dict(data: Mapping[str, Any]) -> RunConfig:
    """The configuration that `data` spells; unknown keys and wrong types are refused with the allowed
    ones. `forget_ids` may also be a text that `qunlearn.data.requests.read_ids` takes, such as a file.
    """
    ids = data.get("forget_ids")
    if isinstance(ids, str) or (isinstance(ids, list) and any(isinstance(i, str) for i in ids)):
        text = ids if isinstance(ids, str) else ",".join(map(str, ids))
        table = data.get("data")
        key = table.get("id") if isinstance(table, Mapping) else getattr(table, "id", None)
        data = {**data, "forget_ids": read_ids(text, key)}
    return build(RunConfig, data)


def as_config(config: RunConfig | str, settings: Mapping[str, Any]) -> RunConfig:
    """`config`, or the configuration of the dataset `config` with `settings`."""
    if isinstance(config, str):
        return from_dict({**settings, "dataset": config})
    require(not settings, f"a RunConfig has its settings already: set {', '.join(settings)} there")
    return config


def flatten(data: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """Nested tables as one with dotted keys; tuples become lists, as TOML reads them."""
    flat: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{where}{key}.")
        else:
            flat[where + key] = list(value) if isinstance(value, tuple) else value
    return flat


def _without_none(data: Mapping[str, Any]) -> dict[str, Any]:
    pairs = ((k, _without_none(v) if isinstance(v, Mapping) else v) for k, v in data.items())
    return {k: v for k, v in pairs if v is not None}
