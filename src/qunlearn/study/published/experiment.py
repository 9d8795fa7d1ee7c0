"""What a published experiment is: tasks, methods with the hyper-parameters used there, and its figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from qunlearn._types import JsonObject
from qunlearn.run.config import RunConfig

ORIGINAL, GOLD = "original", "retrained"
"""Rows that every table has: the model before unlearning, and gold models (each against the others)."""


@dataclass(frozen=True)
class MethodLine:
    """A row of a table: `method` with `hyper`, under the name `label`."""

    label: str
    method: str
    hyper: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class PublishedTask:
    """Data, model, training and request (`config`), the methods tried there, and the figures published.

    published: {label of a line, `ORIGINAL` or `GOLD`: {measure: value}}.
    """

    title: str
    config: RunConfig
    lines: tuple[MethodLine, ...]
    published: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Experiment:
    """Tasks of one publication. Every method may spend `budget` times the circuits of retraining.

    remarks: what differs from the published set-up, and what was found in it. measures: names of
    `qunlearn.study.published.experiment_measures.MEASURES` in the order of the tables.
    """

    id: str
    title: str
    source: str
    tasks: Mapping[str, PublishedTask]
    budget: float
    measures: tuple[str, ...]
    remarks: tuple[str, ...]
