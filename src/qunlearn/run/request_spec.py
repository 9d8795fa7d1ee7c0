"""Requests in the words of a configuration: `forget_class = "7"`, or "class=7" in a list of several."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from qunlearn._errors import fail, require, require_one_of, typed
from qunlearn.data import (
    Dataset,
    ForgetClass,
    ForgetClient,
    ForgetFeature,
    ForgetInstances,
    ForgetPoisoned,
    ForgetRandom,
    ForgetSplit,
    Prepared,
    Request,
    defaults,
)
from qunlearn.data.requests import read_ids
from qunlearn.run.config import RunConfig, from_dict


@dataclass(frozen=True)
class Spelling:
    """How one kind of request is spelled: `from_text` takes its value from text, `make` builds the request
    from the value and the configuration, `describe` names what was forgotten.
    """

    from_text: Callable[[str], Any]
    make: Callable[[Any, RunConfig], Request]
    describe: Callable[[Any, ForgetSplit], str]


def _client(value: int, config: RunConfig) -> Request:
    clients = config.federated.clients
    if clients is None:
        fail("to forget a client, say how many there are: `federated.clients` (--clients N)")
    return ForgetClient(value, clients, config.federated.alpha, config.seed_of("data"))


def _rows(split: ForgetSplit) -> str:
    n = int(split.forget_mask.sum())
    return f"{n} row{'s'[: n != 1]}"


def _records(ids: tuple[int, ...]) -> str:
    """The records themselves, the first eight by id: "2 records (id 7, 9)"."""
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    listed = ", ".join(map(str, sorted(ids)[:_SHOWN]))
    return f"{len(ids)} record{'s'[: len(ids) != 1]} (id {listed}{more})"


_SHOWN = 8

SPELLINGS: Mapping[str, Spelling] = MappingProxyType(
    {
        "class": Spelling(
            str,
            lambda value, config: ForgetClass(value),
            lambda value, split: f"class “{split.prepared.class_names[split.forget_index or 0]}”",
        ),
        "ids": Spelling(
            read_ids,
            lambda value, config: ForgetInstances(value),
            lambda value, split: _records(value),
        ),
        "random": Spelling(
            lambda text: _number("random", text, float),
            lambda value, config: ForgetRandom(value, config.seed_of("data")),
            lambda value, split: f"{_rows(split)} drawn at random",
        ),
        "poisoned": Spelling(
            lambda text: require(not text, f"poisoned takes no value, but got {text}") or True,
            lambda value, config: ForgetPoisoned(),
            lambda value, split: f"{_rows(split)} that were poisoned",
        ),
        "feature": Spelling(
            str,
            lambda value, config: ForgetFeature(value),
            lambda value, split: f"feature “{ForgetFeature(value).name(split.prepared)}”",
        ),
        "client": Spelling(
            lambda text: _number("client", text, int),
            _client,
            lambda value, split: f"client {value} ({_rows(split)})",
        ),
    }
)
"""The key of the configuration is `forget_` and the word; so is the flag."""


@dataclass(frozen=True)
class RequestSpec:
    """A request as the configuration spells it: `word`, a key of `SPELLINGS`, and its value."""

    word: str
    value: Any

    @classmethod
    def from_text(cls, text: str) -> "RequestSpec":
        """The request that `text` spells: "class=7", "ids=3,17", "ids=FILE", "random=0.02", "poisoned",
        "feature=NAME" or "client=2".
        """
        word, _, value = (part.strip() for part in text.partition("="))
        require_one_of("request", word, SPELLINGS)
        require(value or word == "poisoned", f"a request must be {word}=VALUE, but is {text!r}")
        return cls(word, SPELLINGS[word].from_text(value))

    def request(self, config: RunConfig) -> Request:
        """The request itself."""
        return SPELLINGS[self.word].make(self.value, config)

    def to_text(self) -> str:
        """As one text, the inverse of `from_text`."""
        if self.word == "poisoned":
            return self.word
        value = ",".join(map(str, self.value)) if self.word == "ids" else self.value
        return f"{self.word}={value}"

    def to_file_name(self) -> str:
        """For the name of a folder: the label of a class, else the kind and, where it is short, its value."""
        if self.word == "class":
            return self.value
        return f"{len(self.value)}-ids" if self.word == "ids" else self.to_text().replace("=", "-")

    @property
    def ids(self) -> list[int] | None:
        """The ids that were asked for, None for a request that finds its samples otherwise."""
        return sorted(self.value) if self.word == "ids" else None

    def describe(self, split: ForgetSplit) -> str:
        """What was forgotten, in words."""
        return SPELLINGS[self.word].describe(self.value, split)


def key_of(word: str) -> str:
    """The key of the configuration."""
    return f"forget_{word}"


def canonical(spec: RequestSpec, dataset: Dataset) -> RequestSpec:
    """`spec` with classes and columns spelled as the data spell them."""
    if spec.word == "class":
        return replace(spec, value=dataset.class_names[dataset.class_index(spec.value)])
    return replace(spec, value=ForgetFeature(spec.value).name(dataset)) if spec.word == "feature" else spec


def spec_of(config: RunConfig, dataset: Dataset) -> RequestSpec:
    """What `config` asks to forget, or else the dataset's default class; `InputError` for more than one."""
    given = {word: getattr(config, key_of(word)) for word in SPELLINGS}
    given = {word: value for word, value in given.items() if value is not None and value is not False}
    require(
        len(given) <= 1,
        f"a run forgets one thing at a time, but {' and '.join(map(key_of, given))} are given: choose one, "
        "and name what is to follow in `then`",
    )
    word, value = next(iter(given.items()), ("class", None))
    return RequestSpec(word, _default_class(config, dataset) if value is None else value)


def with_spec(config: RunConfig, spec: RequestSpec) -> RunConfig:
    """`config` with `spec` as its one request."""
    nothing = {key_of(word): None for word in SPELLINGS}
    return replace(config, **{**nothing, key_of(spec.word): spec.value})


def with_request(config: RunConfig, request: Mapping[str, Any]) -> RunConfig:
    """`config` with the keys `forget_...` of `request` in place of its own; as it is where there are none.

    Raises `InputError` for other keys.
    """
    known = [key_of(word) for word in SPELLINGS]
    for key in request:
        require_one_of("request", key, known)
    given = {key: value for key, value in request.items() if value is not None}
    if not given:
        return config
    kept = {key: value for key, value in config.to_dict().items() if key not in known}
    return from_dict({**kept, **given})


def apply_all(config: RunConfig, texts: tuple[str, ...], data: Prepared) -> Prepared:
    """What is left of `data` after all these requests, one after the other."""
    for text in texts:
        data = RequestSpec.from_text(text).request(config).apply(data).remaining
    return data


def _default_class(config: RunConfig, dataset: Dataset) -> str:
    default = defaults(config.dataset).forget_class
    if default is None or default not in (*dataset.class_names, *dataset.class_aliases):
        fail(
            f"there is no default class to forget among {', '.join(dataset.class_names)} of {dataset.name}: "
            "choose one with `forget_class` (--forget-class LABEL)"
        )
    return default


def _number(word: str, text: str, kind: type) -> Any:
    try:
        return kind(text)
    except ValueError:
        return typed(key_of(word), text, kind)
