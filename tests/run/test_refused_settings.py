"""What a configuration asks for and cannot be had: one sentence from `set_up`, before any work."""

from pathlib import Path
from typing import Any

import pytest

from cases import Case, Prepare, check_call
from damage import content
from qunlearn.run.config import from_dict
from qunlearn.run.setup import set_up


def asks(name: str, says: str, prepare: Prepare = lambda folder: None, /, **settings: Any) -> Case:
    """`set_up` of a configuration of these settings; dotted keys are written with two underscores."""
    nested: dict[str, Any] = {"dataset": "iris"}
    for key, value in settings.items():
        table, _, inner = key.rpartition("__")
        (nested.setdefault(table, {}) if table else nested)[inner] = value
    return Case(name, lambda: set_up(from_dict(nested)), says, prepare)


def csv(text: str) -> Prepare:
    return content("my.csv", text)


ROWS = "".join(f"{i % 7},{i % 5},{'abc'[i % 3]}\n" for i in range(60))
GOOD = "p,q,kind\n" + ROWS
MINE = {"dataset": "my.csv", "data__label": "kind", "forget_class": "a"}

CASES = [
    # what to run on
    asks("dataset of another flag", "`label` belongs to CSV", data__label="kind"),
    asks("data file of another set", "`data_file` belongs to covertype", data__data_file="x.gz"),
    asks("data file missing", "file x.gz does not exist", dataset="covertype", data__data_file="x.gz"),
    asks(
        "file of unknown kind",
        "must end in",
        lambda d: (d / "my.xls").touch(),
        dataset="my.xls",
        data__label="kind",
    ),
    asks(
        "folder as file",
        "not a file",
        lambda d: (d / "sub.csv").mkdir(),
        dataset="sub.csv",
        data__label="kind",
    ),
    asks("empty file", "is empty", csv(""), **MINE),
    asks("header only", "no rows", csv("p,q,kind\n"), **MINE),
    asks("no label given", "must name the label column", csv(GOOD), dataset="my.csv", forget_class="a"),
    asks(
        "no such label",
        "no label column `species`",
        csv(GOOD),
        dataset="my.csv",
        data__label="species",
        forget_class="a",
    ),
    asks("hole in a feature", "no value", csv(GOOD + ",1,a\n"), **MINE),
    asks("hole in the label", "no value", csv(GOOD + "1,1,\n"), **MINE),
    asks("infinite feature", "infinite", csv(GOOD + "inf,1,a\n"), **MINE),
    asks("ragged file", "cannot be read as CSV", csv(GOOD + "1,2,3,4,5\n"), **MINE),
    asks("one class", "one class", csv("p,q,kind\n1,2,a\n2,3,a\n"), **MINE),
    asks("two classes", "would leave b only", csv("p,q,kind\n" + "1,2,a\n2,3,b\n" * 20), **MINE),
    asks("few rows", "class d has 2 rows, too few", csv(GOOD + "1,1,d\n2,1,d\n"), **MINE),
    asks(
        "file without default",
        "no default class to forget among a, b, c",
        csv(GOOD),
        dataset="my.csv",
        data__label="kind",
    ),
    # the request
    asks("unknown class", "no class '7'", forget_class="7"),
    asks("two-class set", "would leave malignant only", dataset="breast_cancer", forget_class="benign"),
    asks("one retained class", "would leave setosa only", data__classes=["0", "2"], forget_class="2"),
    asks(
        "default class not chosen",
        "no default class to forget among 1, 2, 3",
        dataset="digits",
        data__classes=["1", "2", "3"],
    ),
    asks("unknown of classes", "no class '9'", data__classes=["0", "1", "9"]),
    asks("class given twice", "every class once", data__classes=["0", "1", "1"], forget_class="0"),
    asks("one of classes", "at least two classes", data__classes=["1"]),
    asks("empty classes", "no class ''", data__classes=["", ""]),
    asks("two requests, one in the file", "one thing at a time", forget_class="2", forget_ids=[3]),
    asks("no ids file", "file rows.txt does not exist", forget_ids=["rows.txt"]),
    asks("empty ids file", "r.txt holds no ids", content("r.txt", "\n\n"), forget_ids=["r.txt"]),
    asks("ids file of words", "entry 1 is 'row'", content("r.txt", "row\n3\n"), forget_ids=["r.txt"]),
    asks("ids in no column", "keep one column of such ids", csv("a,b\n1,2\n"), forget_ids=["my.csv"]),
    asks("id given twice", "id 1 is given more than once", forget_ids=[1, 2, 1]),
    asks("id of a test sample", "id 1 is a test sample, which no model was trained on", forget_ids=[1]),
    asks("nothing to forget", "file , does not exist", forget_ids=["", ""]),
    asks("no share", "share of rows to forget must be above 0", forget_random=0.0),
    asks("every row", "share of rows to forget must be above 0 and below 1", forget_random=1.0),
    asks("share that is no number", "share of rows to forget must be", forget_random=float("nan")),
    asks("nearly every row", "would be left: forget fewer rows", forget_random=0.995),
    asks("nothing poisoned", "no training sample is poisoned", forget_poisoned=True),
    asks("unknown poison", "`poison` must be one of flip, random_features", data__poison="arsenic:1"),
    asks("poison without share", "`poison` must be flip:SHARE", data__poison="flip"),
    asks("poison of nobody", "poisons none of the 96 training samples", data__poison="flip:0.001"),
    asks("poison of no class", "no class '7'", data__poison="flip:0.1:0>7"),
    asks("unknown feature", "no feature 'leaf': it must be one of sepal", forget_feature="leaf"),
    asks("feature outside", "an index from 0 to 3", forget_feature="4"),
    asks("model input outside", "no model input input:9", forget_feature="input:9"),
    asks("client of no federation", "say how many there are", forget_client=1),
    asks("client outside", "it must be one of 0 to 2", forget_client=3, federated__clients=3),
    asks("negative client", "no client -1", forget_client=-1, federated__clients=3),
    asks("one client", "`clients` must be >= 2", federated__clients=1),
    asks("more clients than rows", "only 96 training samples to share", federated__clients=97),
    asks("no label skew", "`alpha` must be > 0", federated__clients=3, federated__alpha=0.0),
    asks("skew of nobody", "`federated.alpha` skews clients", federated__alpha=1.0),
    asks("rounds in part", "multiple of `local_steps` (7)", federated__clients=3, federated__local_steps=7),
    asks("no local steps", "`local_steps` must be >= 1", federated__clients=3, federated__local_steps=0),
    asks("then nothing known", "`request` must be one of class, ids", then=["planet=9"]),
    asks("then without a value", "must be class=VALUE", then=["class"]),
    asks("then one class only", "would leave setosa only", then=["class=1"]),
    asks("then the same again", "id 3 is no longer in the data", forget_ids=[3], then=["ids=3"]),
    # data
    asks("too many rows", "has 50 rows", data__rows_per_class=51),
    asks("negative rows", "`rows_per_class` must be >= 1", data__rows_per_class=-1),
    asks("too many features", "between 1 and 4", data__n_features=5),
    asks("no features", "between 1 and 4", data__n_features=0),
    asks("no test samples", "`test` must be a fraction above 0", data__test=0.0),
    asks("no validation samples", "`val` must be a fraction above 0", data__val=0.0),
    asks("all for testing", "`test` must be a fraction above 0 and below 1", data__test=1.0),
    asks("no training samples", "must be < 1", data__val=0.6, data__holdout=0.5),
    asks("few training samples", "too few for the split", data__test=0.97),
    asks("share not a number", "`val` must be", data__val=float("nan")),
    # the model
    asks("unknown encoding", "`encoding` must be one of angle", model__encoding="fourier"),
    asks("unknown ansatz", "`ansatz` must be one of ry_rz_cnot_ring", model__ansatz="deep"),
    asks("unknown gradient", "`gradient` must be one of reverse", model__gradient="spsa"),
    asks("unknown engine", "`engine` must be one of", model__engine="gpu"),
    asks(
        "engine without the rule",
        "differentiates by",
        model__engine="native",
        model__gradient="finite_difference",
    ),
    asks("too few qubits", "3 classes need as many read-out qubits", model__n_qubits=2),
    asks("too many qubits", "`n_qubits` must be", model__n_qubits=30),
    asks("no uploads", "`uploads` must be >= 1", model__uploads=0),
    asks("read-out outside", "`readout` must be different qubits in 0..5", model__readout=[4, 5, 6]),
    asks("read-out text", "`model.readout` must be a whole number", model__readout=["a", "b", "c"]),
    asks("logit scale", "`logit_scale` must be > 0", model__logit_scale=float("inf")),
    asks("initial spread", "`init_sd` must be > 0", model__init_sd=0.0),
    asks(
        "row without a state",
        "has no state for a row",
        model__encoding="amplitude",
        model__uploads=1,
        data__n_features=1,
    ),
    asks("uploads of amplitudes", "`uploads` must be 1", model__encoding="amplitude"),
    # training, method, gold
    asks("negative rate", "`learning_rate` must be > 0", training__learning_rate=-0.1),
    asks("rate not a number", "`learning_rate` must be > 0", training__learning_rate=float("nan")),
    asks("negative batch", "`batch` must be >= 0", training__batch=-5),
    asks("never validated", "`val_every` must be >= 1", training__val_every=0),
    asks("one gold model", "`gold` must be >= 3", gold=1),
    asks("negative seed", "`seed` must be in 0..", seed=-1),
    asks("large seed", "`seed` must be in 0..4294967295", seed=4294967296),
    asks("unknown target", "`target` must be one of similarity, uniform", hyper={"target": "zero"}),
    asks("unknown hyper-parameter", "no hyper-parameter gamma", hyper={"gamma": 1}),
    asks("hyper-parameter of another", "no hyper-parameter beta", method="finetune", hyper={"beta": 1}),
    asks("hyper-parameter as text", "`steps` must be a whole number", hyper={"steps": "few"}),
    asks("hyper-parameter in part", "`steps` must be a whole number", hyper={"steps": 2.5}),
    asks("hyper-parameter as truth", "`beta` must be a number", hyper={"beta": True}),
    asks("hyper-parameter outside", "`beta` must be > 0", hyper={"beta": -1}),
    asks("hyper-parameter infinite", "`lam` must be", hyper={"lam": float("inf")}),
    asks("hyper-parameter not a number", "`mu` must be", hyper={"mu": float("nan")}),
    asks("hyper-parameter too large", "too large for a number", hyper={"beta": 10**400}),
    # the configuration file
    asks("unknown inner key", "no key `data.vall`", data__vall=0.1),
    asks("wrong type", "`gold` must be a whole number, but is 2.5", gold=2.5),
    asks("truth for a number", "`seed` must be a whole", seed=True),
    asks("text for a table", "`data` must be a table", data="iris"),
    asks("table for a value", "`gold` must be a whole number", gold={"n": 2}),
    asks("value for a list", "`data.classes` must be a list", data__classes=3),
    asks("not a number in it", "`val` must be", data__val=float("nan")),
    asks("infinite in it", "`learning_rate` must be", training__learning_rate=float("inf")),
    asks("bad seed in it", "`seeds.gold` must be in 0..", seeds__gold=-2),
    asks("unknown key", "no key `sed`; allowed are", sed=1),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_cannot_be_set_up_is_refused_in_one_sentence(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    check_call(case, tmp_path)
