"""The settings that the command line names, as a table: each flag and the key of the configuration that
it sets.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qunlearn._errors import require
from qunlearn.run.toml import toml_value


@dataclass(frozen=True)
class Flag:
    """`--name` sets `key` (dotted) to a value of `kind`; `many` takes a comma-separated list, and a
    `repeated` flag is given once for each item.
    """

    name: str
    key: str
    kind: type
    help: str
    panel: str
    many: bool = False
    repeated: bool = False

    def to_words(self, value: Any) -> list[str] | None:
        """The words that set `value`, or None where no words do (a comma within an item of a list)."""
        if self.kind is bool:
            return [f"--{self.name}" if value else f"--no-{self.name}"]
        if self.repeated:
            return [word for item in value for word in option(self.name, item)]
        text = ",".join(map(str, value)) if self.many else str(value)
        readable = not self.many or self.parse(text) == list(value)
        return option(self.name, text) if readable else None

    def parse(self, value: Any) -> Any:
        """What the command line gives, as the configuration takes it."""
        if self.repeated:
            return list(value) if value else None
        if value is None or not self.many:
            return value
        items = [item.strip() for item in value.split(",")]
        return [_whole(item) for item in items] if self.kind is int else items


FLAGS = (
    Flag("forget-class", "forget_class", str, "Label of the class to forget, as the data has it.", "Request"),
    Flag("forget-ids", "forget_ids", int, "Ids of rows to forget: 3,17,20, or a file.", "Request", many=True),
    Flag("forget-random", "forget_random", float, "Share of the training samples to forget.", "Request"),
    Flag("forget-poisoned", "forget_poisoned", bool, "Forget the samples that --poison poisoned.", "Request"),
    Flag("forget-feature", "forget_feature", str, "Column to forget, or input:J.", "Request"),
    Flag("forget-client", "forget_client", int, "Client of --clients to forget.", "Request"),
    Flag("classes", "data.classes", str, "Classes to use, in this order: 3,5,7.", "Data", many=True),
    Flag("label", "data.label", str, "Label column of a CSV or Parquet file.", "Data"),
    Flag("id", "data.id", str, "Column of a file whose whole numbers name its rows.", "Data"),
    Flag("drop", "data.drop", str, "Columns of a file to leave out: a,b.", "Data", many=True),
    Flag("data-file", "data.data_file", str, "Your copy of the data, such as covtype.data.gz.", "Data"),
    Flag("rows-per-class", "data.rows_per_class", int, "Samples drawn from each class; 0 for all.", "Data"),
    Flag("features", "data.n_features", int, "Model inputs d; fewer than the columns means PCA.", "Data"),
    Flag("standardise", "data.standardise", bool, "Standardise the columns before PCA.", "Data"),
    Flag("test", "data.test", float, "Share of every class that is only tested on.", "Data"),
    Flag("val", "data.val", float, "Share of the rest that selects the parameters to keep.", "Data"),
    Flag("holdout", "data.holdout", float, "Share of the rest that nothing is trained on.", "Data"),
    Flag("poison", "data.poison", str, "Spoil training samples: flip:0.1, random_features:0.1.", "Data"),
    Flag("qubits", "model.n_qubits", int, "Number of qubits.", "Model"),
    Flag("encoding", "model.encoding", str, "Feature map (`qunlearn list encodings`).", "Model"),
    Flag("ansatz", "model.ansatz", str, "Trainable block (`qunlearn list ansatze`).", "Model"),
    Flag(
        "uploads",
        "model.uploads",
        int,
        "Blocks of encoding and ansatz; above 1 re-uploads the data.",
        "Model",
    ),
    Flag("repetitions", "model.repetitions", int, "Repetitions within an ansatz block.", "Model"),
    Flag(
        "readout",
        "model.readout",
        int,
        "Measured qubits, one per class without a head: 3,4,5.",
        "Model",
        many=True,
    ),
    Flag("logit-scale", "model.logit_scale", float, "Factor on the logits ⟨Z⟩.", "Model"),
    Flag("head", "model.head", bool, "Read logits from a trained linear head on all qubits.", "Model"),
    Flag("init-sd", "model.init_sd", float, "Spread of the initial parameters.", "Model"),
    Flag("gradient", "model.gradient", str, "Derivative rule (`qunlearn list gradients`).", "Model"),
    Flag("engine", "model.engine", str, "Simulator (`qunlearn list engines`).", "Model"),
    Flag("precision", "model.precision", str, "Of the simulation: float64 or float32.", "Model"),
    Flag("steps", "training.steps", int, "Training iterations.", "Training"),
    Flag("batch", "training.batch", int, "Samples in a mini-batch; 0 takes all.", "Training"),
    Flag("learning-rate", "training.learning_rate", float, "Peak learning rate of Adam.", "Training"),
    Flag(
        "val-every",
        "training.val_every",
        int,
        "Iterations between looks at the validation samples.",
        "Training",
    ),
    Flag(
        "seed", "seed", int, "Seed of everything; a configuration file can set the seeds apart.", "Training"
    ),
    Flag("clients", "federated.clients", int, "Train as a federation of so many clients.", "Training"),
    Flag("alpha", "federated.alpha", float, "Label skew of the clients; less is more skewed.", "Training"),
    Flag("local-steps", "federated.local_steps", int, "Steps of a client between averages.", "Training"),
    Flag("method", "method", str, "Unlearning method (`qunlearn list methods`).", "Unlearning"),
    Flag(
        "then",
        "then",
        str,
        "Request that follows on the same model: class=7, ids=3,17, ... Repeatable.",
        "Unlearning",
        repeated=True,
    ),
    Flag("audit", "audit", str, "How deep: quick, standard or full (`qunlearn list audits`).", "Audit"),
    Flag("gold", "gold", int, "Number of models retrained without the data.", "Audit"),
)


def option(name: str, value: str) -> list[str]:
    """`--name value`, or one word where `value` would be taken for an option."""
    return [f"--{name}={value}"] if value.startswith("-") else [f"--{name}", value]


def parse_hyper(pairs: Iterable[str]) -> dict[str, Any]:
    """`name=value` strings as hyper-parameters; a value is read as TOML, and as text where it is none."""
    hyper: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = (part.strip() for part in pair.partition("="))
        require(equals and name, f"--set takes name=value, such as --set beta=3, but got {pair!r}")
        try:
            hyper[name] = tomllib.loads(f"v = {text}")["v"]
        except tomllib.TOMLDecodeError:
            hyper[name] = text
    return hyper


def hyper_to_words(name: str, value: Any) -> list[str]:
    """`--set name=value`, the inverse of `parse_hyper`."""
    plain = f"{name}={value}"
    return option("set", plain if parse_hyper([plain]) == {name: value} else f"{name}={toml_value(value)}")


def _whole(text: str) -> Any:
    """`text` as a whole number, or as it is, to be refused where types are checked."""
    try:
        return int(text)
    except ValueError:
        return text


BY_KEY: Mapping[str, Flag] = {flag.key: flag for flag in FLAGS}
