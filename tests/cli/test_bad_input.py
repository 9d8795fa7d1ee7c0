"""Bad input: one sentence on stderr, exit code 2, nothing written, nothing deleted, no long work begun."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tiny_run import FLAGS, contents, invoke

Prepare = Callable[[Path, Path], None]


@dataclass(frozen=True)
class Case:
    """`command`, what its sentence must hold, and `prepare(folder, finished_run)` before it."""

    name: str
    command: str
    says: str
    prepare: Prepare = lambda folder, run: None


def csv(text: str) -> Prepare:
    return lambda folder, run: (folder / "my.csv").write_text(text) and None


def text(name: str, content: str) -> Prepare:
    return lambda folder, run: (folder / name).write_text(content) and None


def toml(text: str) -> Prepare:
    return lambda folder, run: (folder / "c.toml").write_bytes(text.encode("latin-1")) and None


def copy(change: Callable[[Path], None] = lambda run: None) -> Prepare:
    """The finished run as the folder `r`, changed."""

    def prepare(folder: Path, run: Path) -> None:
        shutil.copytree(run, folder / "r")
        change(folder / "r")

    return prepare


def without(*names: str) -> Callable[[Path], None]:
    return lambda run: [(run / name).unlink() for name in names] and None


def damaged(name: str, keep: int, *missing: str) -> Callable[[Path], None]:
    """Only the first bytes of a file kept, and the files `missing` gone."""

    def change(run: Path) -> None:
        (run / name).write_bytes((run / name).read_bytes()[:keep])
        without(*missing)(run)

    return change


def mixed(name: str, *missing: str) -> Callable[[Path], None]:
    """One byte near the end changed, and the files `missing` gone."""

    def change(run: Path) -> None:
        content = bytearray((run / name).read_bytes())
        content[-3] ^= 1
        (run / name).write_bytes(bytes(content))
        without(*missing)(run)

    return change


ROWS = "".join(f"{i % 7},{i % 5},{'abc'[i % 3]}\n" for i in range(60))
GOOD = "p,q,kind\n" + ROWS
MINE = "run my.csv --label kind --forget-class a --out new"
UNFINISHED = ("run.json", "report.html")
HALF = ("unlearned.json", "unlearned.safetensors", *UNFINISHED)

CASES = [
    # what to run on
    Case("nothing", "run", "say what to run on"),
    Case("a name of two lines", "run 'iri\ns'", "`dataset` must be one of iris, wine"),
    Case("unknown dataset", "run irish", "`dataset` must be one of iris, wine"),
    Case("dataset of another flag", "run iris --label kind", "`label` belongs to CSV"),
    Case("data file of another set", "run iris --data-file x.gz", "`data_file` belongs to covertype"),
    Case("data file missing", "run covertype --data-file x.gz", "file x.gz does not exist"),
    Case("file missing", "run no.csv --label kind", "no.csv does not exist"),
    Case(
        "file of unknown kind", "run my.xls --label kind", "must end in", lambda d, r: (d / "my.xls").touch()
    ),
    Case("folder as file", "run sub.csv --label kind", "not a file", lambda d, r: (d / "sub.csv").mkdir()),
    Case("empty file", MINE, "is empty", csv("")),
    Case("header only", MINE, "no rows", csv("p,q,kind\n")),
    Case("no label given", "run my.csv --forget-class a", "must name the label column", csv(GOOD)),
    Case(
        "no such label", "run my.csv --label species --forget-class a", "no label column `species`", csv(GOOD)
    ),
    Case("text in a feature", MINE, "'x' at row 61", csv(GOOD + "x,1,a\n")),
    Case("hole in a feature", MINE, "no value", csv(GOOD + ",1,a\n")),
    Case("hole in the label", MINE, "no value", csv(GOOD + "1,1,\n")),
    Case("infinite feature", MINE, "infinite", csv(GOOD + "inf,1,a\n")),
    Case("ragged file", MINE, "cannot be read as CSV", csv(GOOD + "1,2,3,4,5\n")),
    Case("one class", MINE, "one class", csv("p,q,kind\n1,2,a\n2,3,a\n")),
    Case("two classes", MINE, "would leave b only", csv("p,q,kind\n" + "1,2,a\n2,3,b\n" * 20)),
    Case("few rows", MINE, "class d has 2 rows, too few", csv(GOOD + "1,1,d\n2,1,d\n")),
    Case(
        "file without default",
        "run my.csv --label kind",
        "no default class to forget among a, b, c",
        csv(GOOD),
    ),
    # the request
    Case("unknown class", "run iris --forget-class 7", "no class '7'"),
    Case("two-class set", "run breast_cancer --forget-class benign", "would leave malignant only"),
    Case("one retained class", "run iris --classes 0,2 --forget-class 2", "would leave setosa only"),
    Case(
        "default class not chosen", "run digits --classes 1,2,3", "no default class to forget among 1, 2, 3"
    ),
    Case("unknown of classes", "run iris --classes 0,1,9", "no class '9'"),
    Case("class given twice", "run iris --classes 0,1,1 --forget-class 0", "every class once"),
    Case("one of classes", "run iris --classes 1", "at least two classes"),
    Case("empty classes", "run iris --classes ,", "no class ''"),
    Case("two requests", "run iris --forget-class 2 --forget-random 0.1", "one thing at a time"),
    Case(
        "two requests, one in the file",
        "run iris --config c.toml",
        "one thing at a time",
        toml("forget_class = '2'\nforget_ids = [3]\n"),
    ),
    Case("no ids file", "run iris --forget-ids rows.txt", "file rows.txt does not exist"),
    Case("empty ids file", "run iris --forget-ids r.txt", "r.txt holds no ids", text("r.txt", "\n\n")),
    Case("ids file of words", "run iris --forget-ids r.txt", "entry 1 is 'row'", text("r.txt", "row\n3\n")),
    Case("ids in no column", "run iris --forget-ids my.csv", "ids in a column `id`", csv("a,b\n1,2\n")),
    Case("unknown id", "run iris --forget-ids 1,150", "no row with id 150 in iris"),
    Case("id given twice", "run iris --forget-ids 1,2,1", "id 1 is given more than once"),
    Case("id of a test row", "run iris --forget-ids 1", "id 1 is a test row, which no model was trained on"),
    Case("nothing to forget", "run iris --forget-ids ,", "file , does not exist"),
    Case("no share", "run iris --forget-random 0", "share of rows to forget must be above 0"),
    Case("every row", "run iris --forget-random 1", "share of rows to forget must be above 0 and below 1"),
    Case("share that is no number", "run iris --forget-random nan", "share of rows to forget must be"),
    Case("nearly every row", "run iris --forget-random 0.995", "would be left: forget fewer rows"),
    Case("nothing poisoned", "run iris --forget-poisoned", "no training row is poisoned"),
    Case("unknown poison", "run iris --poison arsenic:1", "`poison` must be one of flip, random_features"),
    Case("poison without share", "run iris --poison flip", "`poison` must be flip:SHARE"),
    Case("poison of nobody", "run iris --poison flip:0.001", "poisons none of the 96 training rows"),
    Case("poison of no class", "run iris --poison flip:0.1:0>7", "no class '7'"),
    Case("unknown feature", "run iris --forget-feature leaf", "no feature 'leaf': it must be one of sepal"),
    Case("feature outside", "run iris --forget-feature 4", "an index from 0 to 3"),
    Case("model input outside", "run iris --forget-feature input:9", "no model input input:9"),
    Case("client of no federation", "run iris --forget-client 1", "say how many there are"),
    Case("client outside", "run iris --forget-client 3 --clients 3", "it must be one of 0 to 2"),
    Case("negative client", "run iris --forget-client -1 --clients 3", "no client -1"),
    Case("one client", "run iris --clients 1", "`clients` must be >= 2"),
    Case("more clients than rows", "run iris --clients 97", "only 96 training rows to share"),
    Case("no label skew", "run iris --clients 3 --alpha 0", "`alpha` must be > 0"),
    Case("skew of nobody", "run iris --alpha 1", "`federated.alpha` skews clients"),
    Case("rounds in part", "run iris --clients 3 --local-steps 7", "multiple of `local_steps` (7)"),
    Case("no local steps", "run iris --clients 3 --local-steps 0", "`local_steps` must be >= 1"),
    Case("then nothing known", "run iris --then planet=9", "`request` must be one of class, ids"),
    Case("then without a value", "run iris --then class", "must be class=VALUE"),
    Case("then one class only", "run iris --then class=1", "would leave setosa only"),
    Case("then the same again", "run iris --forget-ids 3 --then ids=3", "id 3 is no longer in the data"),
    Case("trained, then", "train iris --then class=1", "give it to `qunlearn run`"),
    Case("a later step alone", "run iris --config c.toml", "`after` belongs to", toml("after = ['ids=1']\n")),
    # data
    Case("too many rows", "run iris --rows-per-class 51", "has 50 rows"),
    Case("negative rows", "run iris --rows-per-class -1", "`rows_per_class` must be >= 1"),
    Case("too many features", "run iris --features 5", "between 1 and 4"),
    Case("no features", "run iris --features 0", "between 1 and 4"),
    Case("no test rows", "run iris --test 0", "`test` must be a fraction above 0"),
    Case("no validation rows", "run iris --val 0", "`val` must be a fraction above 0"),
    Case("all for testing", "run iris --test 1", "`test` must be a fraction above 0 and below 1"),
    Case("no training rows", "run iris --val 0.6 --holdout 0.5", "must be < 1"),
    Case("few training rows", "run iris --test 0.97", "too few for the split"),
    Case("share not a number", "run iris --val nan", "`val` must be"),
    # the model
    Case("unknown encoding", "run iris --encoding fourier", "`encoding` must be one of angle"),
    Case("unknown ansatz", "run iris --ansatz deep", "`ansatz` must be one of ry_rz_cnot_ring"),
    Case("unknown gradient", "run iris --gradient spsa", "`gradient` must be one of reverse"),
    Case("unknown engine", "run iris --engine gpu", "`engine` must be one of"),
    Case(
        "engine without the rule",
        "run iris --engine native --gradient finite_difference",
        "differentiates by",
    ),
    Case("too few qubits", "run iris --qubits 2", "3 classes need as many read-out qubits"),
    Case("too many qubits", "run iris --qubits 30", "`n_qubits` must be"),
    Case("no uploads", "run iris --uploads 0", "`uploads` must be >= 1"),
    Case("read-out outside", "run iris --readout 4,5,6", "`readout` must be different qubits in 0..5"),
    Case("read-out text", "run iris --readout a,b,c", "`model.readout` must be a whole number"),
    Case("logit scale", "run iris --logit-scale inf", "`logit_scale` must be > 0"),
    Case("initial spread", "run iris --init-sd 0", "`init_sd` must be > 0"),
    Case(
        "row without a state",
        "run iris --encoding amplitude --features 1 --uploads 1",
        "has no state for a row",
    ),
    Case("uploads of amplitudes", "run iris --encoding amplitude", "`uploads` must be 1"),
    # training, method, gold
    Case("no steps", "run iris --steps 0", "`steps` must be >= 1"),
    Case("negative rate", "run iris --learning-rate -0.1", "`learning_rate` must be > 0"),
    Case("rate not a number", "run iris --learning-rate nan", "`learning_rate` must be > 0"),
    Case("negative batch", "run iris --batch -5", "`batch` must be >= 0"),
    Case("never validated", "run iris --val-every 0", "`val_every` must be >= 1"),
    Case("one gold model", "run iris --gold 1", "`gold` must be >= 3"),
    Case("negative seed", "run iris --seed -1", "`seed` must be in 0.."),
    Case("large seed", "run iris --seed 4294967296", "`seed` must be in 0..4294967295"),
    Case("unknown method", "run iris --method magic", "`method` must be one of adversarial_uniform"),
    Case("unknown target", "run iris --set target=zero", "`target` must be one of similarity, uniform"),
    Case("unknown hyper-parameter", "run iris --set gamma=1", "no hyper-parameter gamma"),
    Case("hyper-parameter of another", "run iris --method finetune --set beta=1", "no hyper-parameter beta"),
    Case("hyper-parameter as text", "run iris --set steps=few", "`steps` must be a whole number"),
    Case("hyper-parameter in part", "run iris --set steps=2.5", "`steps` must be a whole number"),
    Case("hyper-parameter as truth", "run iris --set beta=true", "`beta` must be a number"),
    Case("hyper-parameter outside", "run iris --set beta=-1", "`beta` must be > 0"),
    Case("hyper-parameter infinite", "run iris --set lam=inf", "`lam` must be"),
    Case("hyper-parameter not a number", "run iris --set mu=nan", "`mu` must be"),
    Case("hyper-parameter too large", f"run iris --set beta=1{'0' * 400}", "too large for a number"),
    Case("no hyper-parameter's value", "run iris --set beta", "--set takes name=value"),
    # the configuration file
    Case("no configuration", "run --config no.toml", "no configuration file no.toml"),
    Case("folder as configuration", "run --config .", "no configuration file ."),
    Case("malformed TOML", "run --config c.toml", "not valid TOML", toml("dataset = \n")),
    Case("not even text", "run --config c.toml", "not valid TOML", toml("dataset = 'ä'\n")),
    Case("no dataset in it", "run --config c.toml", "say what to run on", toml("seed = 1\n")),
    Case("another dataset", "run wine --config c.toml", "is about iris", toml("dataset = 'iris'\n")),
    Case(
        "unknown key", "run --config c.toml", "no key `sed`; allowed are", toml("dataset = 'iris'\nsed = 1\n")
    ),
    Case("unknown inner key", "run iris --config c.toml", "no key `data.vall`", toml("[data]\nvall = 0.1\n")),
    Case(
        "wrong type",
        "run iris --config c.toml",
        "`gold` must be a whole number, but is 2.5",
        toml("gold = 2.5\n"),
    ),
    Case("truth for a number", "run iris --config c.toml", "`seed` must be a whole", toml("seed = true\n")),
    Case("text for a table", "run iris --config c.toml", "`data` must be a table", toml("data = 'iris'\n")),
    Case(
        "flag into no table",
        "run iris --val 0.1 --config c.toml",
        "`data` in the conf",
        toml("data = 'iris'\n"),
    ),
    Case(
        "table for a value",
        "run iris --config c.toml",
        "`gold` must be a whole number",
        toml("[gold]\nn = 2\n"),
    ),
    Case(
        "value for a list",
        "run iris --config c.toml",
        "`data.classes` must be a list",
        toml("data.classes = 3\n"),
    ),
    Case("not a number in it", "run iris --config c.toml", "`val` must be", toml("data.val = nan\n")),
    Case(
        "infinite in it",
        "run iris --config c.toml",
        "`learning_rate` must be",
        toml("training.learning_rate = inf\n"),
    ),
    Case(
        "bad seed in it", "run iris --config c.toml", "`seeds.gold` must be in 0..", toml("seeds.gold = -2\n")
    ),
    # the folder
    Case("file as folder", "run iris --out f", "f is a file", lambda d, r: (d / "f").touch()),
    Case("below a file", "run iris --out f/g/h", "f is a file", lambda d, r: (d / "f").touch()),
    Case("a very long name", f"run iris --out {'x' * 300}", "cannot be used"),
    Case("not a run", "run iris --out mine", "holds no run", lambda d, r: _write(d / "mine" / "notes.txt")),
    Case(
        "not a run, forced",
        "run iris --force --out m",
        "holds no run",
        lambda d, r: _write(d / "m" / "summary.json"),
    ),
    Case(
        "configuration of something else",
        "run iris --force --out mine",
        "holds no run",
        lambda d, r: _write(d / "mine" / "config.toml", "dataset = 'iris'\n"),
    ),
    Case("holds a run", f"run {FLAGS} --out r", "already holds a run", copy()),
    Case("holds a run, train", f"train {FLAGS} --out r", "already holds a run", copy()),
    Case("forced and resumed", f"run {FLAGS} --out r --force --resume", "give one of them", copy()),
    Case("forced with bad input", f"run {FLAGS} --out r --force --seed -1", "`seed` must be", copy()),
    Case("forced with bad data", "run iris --out r --force --forget-class 9", "no class '9'", copy()),
    Case(
        "another configuration",
        f"run {FLAGS} --out r --resume --seed 1 --val 0.1",
        "another configuration (data.val, seed changed)",
        copy(without(*UNFINISHED)),
    ),
    Case(
        "unreadable configuration",
        f"run {FLAGS} --out r --resume",
        "not valid TOML",
        copy(damaged("config.toml", 99)),
    ),
    Case(
        "damaged model",
        f"run {FLAGS} --out r --resume",
        "original is damaged",
        copy(damaged("original.safetensors", 90, *HALF)),
    ),
    Case(
        "changed model", f"run {FLAGS} --out r --resume", "hash", copy(mixed("original.safetensors", *HALF))
    ),
    Case(
        "changed evidence",
        f"run {FLAGS} --out r --resume",
        "changed after",
        copy(mixed("evidence.safetensors")),
    ),
    Case(
        "changed split",
        f"run {FLAGS} --out r --resume",
        "split.json is missing or",
        copy(mixed("split.json")),
    ),
    Case(
        "lost rows", f"run {FLAGS} --out r --resume", "rows.parquet is missing", copy(without("rows.parquet"))
    ),
    Case(
        "damaged record",
        f"run {FLAGS} --out r --resume",
        "run.json is damaged",
        copy(damaged("run.json", 50)),
    ),
    # the steps
    Case("unlearn nowhere", "unlearn nowhere", "nowhere holds no run"),
    Case("unlearn in no run", "unlearn .", ". holds no run", lambda d, r: _write(d / "notes.txt")),
    Case("unlearn untrained", "unlearn r", "no finished train stage", copy(without("original.json"))),
    Case("unlearn again", "unlearn r", "--force replaces it", copy()),
    Case("unlearn no rows", "unlearn r --force --forget-ids 999", "no row with id 999", copy()),
    Case(
        "unlearn two things",
        "unlearn r --force --forget-class 1 --forget-feature 0",
        "one thing at a time",
        copy(),
    ),
    Case("unlearn a client", "unlearn r --force --forget-client 0", "say how many there are", copy()),
    Case("unlearn no class", "unlearn r --force --forget-class 9", "no class '9'", copy()),
    Case("unlearn by magic", "unlearn r --force --method magic", "`method` must be one of", copy()),
    Case("unlearn with what", "unlearn r --force --set gamma=1", "no hyper-parameter gamma", copy()),
    Case(
        "unlearn a damaged model",
        "unlearn r --force",
        "original is damaged",
        copy(damaged("original.json", 9)),
    ),
    Case("unlearn a damaged run", "unlearn r --force", "not valid TOML", copy(damaged("config.toml", 99))),
    Case("audit nowhere", "audit nowhere", "nowhere holds no run"),
    Case("audit not unlearned", "audit r", "no finished unlearn stage", copy(without("unlearned.json"))),
    Case("audit again", "audit r", "--force replaces it", copy()),
    Case("audit one gold model", "audit r --force --gold 1", "`gold` must be >= 3", copy()),
    Case("audit a damaged model", "audit r --force", "hash", copy(mixed("unlearned.safetensors"))),
    Case("report nowhere", "report nowhere", "no run folder `nowhere`"),
    Case("report not audited", "report r", "`run.json` is missing", copy(without("run.json"))),
    Case("report changed numbers", "report r", "was changed after the run", copy(mixed("summary.json"))),
    # the command line itself
    Case("unknown command", "forget iris", "no such command 'forget'; see `qunlearn --help`"),
    Case("unknown flag", "run iris --setps 3", "no such option: --setps"),
    Case("flag without value", "run iris --gold", "'--gold' requires an argument"),
    Case("text for a number", "run iris --gold many", "invalid value for '--gold'"),
    Case("too many words", "run iris wine", "unexpected extra argument"),
    Case("missing folder", "unlearn", "missing argument 'FOLDER'; see `qunlearn unlearn --help`"),
    Case("unknown table", "list planets", "`table` must be one of datasets"),
    Case("picture of a kind", "draw iris --out c.gif", ".svg"),
    Case("picture nowhere", "draw iris --out no/c.svg", "there is no folder no"),
    Case("drawing of nothing", "draw irish", "`dataset` must be one of iris"),
]


def _write(path: Path, text: str = "mine\n") -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


@pytest.fixture(autouse=True)
def no_long_work(monkeypatch: pytest.MonkeyPatch) -> None:
    from qunlearn.methods.base.descent import Descent
    from qunlearn.run import problem_and_gold, stages

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("long work was begun")

    monkeypatch.setattr(stages.Setup, "train", refuse)
    monkeypatch.setattr(problem_and_gold, "gold_ensemble", refuse)
    monkeypatch.setattr(Descent, "__call__", refuse)


def test_enough_kinds() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_sentence_and_nothing_written(
    case: Case,
    finished_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    case.prepare(tmp_path, finished_run)
    before = contents(tmp_path)
    code = invoke(case.command)
    printed = capsys.readouterr()
    assert code == 2, printed
    assert printed.err.startswith("qunlearn: ")
    assert printed.err.count("\n") == 1
    assert printed.err.endswith("\n")
    assert case.says in printed.err
    assert not printed.out
    assert contents(tmp_path) == before
