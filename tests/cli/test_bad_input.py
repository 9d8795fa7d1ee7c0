"""Bad input: one sentence on stderr, exit code 2, nothing written, nothing deleted, no long work begun.

A case or a few for each command and each way to be refused; other sentences are tested at the functions
that say them (`test_refused_*`).
"""

from pathlib import Path

import pytest

from cases import Case, check_command
from damage import arrays, as_folder, content, cut, flip, gone, then
from tiny_run import FLAGS

UNFINISHED = ("r/run.json", "r/report.html")
HALF = ("r/unlearned.json", "r/unlearned.safetensors", *UNFINISHED)

CASES = [
    # what to run on
    Case("nothing", "run", "say what to run on"),
    Case("a name of two lines", "run 'iri\ns'", "`dataset` must be one of iris, wine"),
    Case("unknown dataset", "run irish", "`dataset` must be one of iris, wine"),
    Case("file missing", "run no.csv --label kind", "no.csv does not exist"),
    Case(
        "text in a feature",
        "run my.csv --label kind --forget-class a --out new",
        "'x' at row 3",
        content("my.csv", "p,q,kind\n1,1,a\n1,2,b\nx,3,c\n"),
    ),
    # the request
    Case("two requests", "run iris --forget-class 2 --forget-random 0.1", "one thing at a time"),
    Case("unknown id", "run iris --forget-ids 1,150", "no row with id 150 in iris"),
    Case("trained, then", "train iris --then class=1", "give it to `qunlearn run`"),
    Case(
        "a later step alone",
        "run iris --config c.toml",
        "`after` belongs to",
        content("c.toml", "after = ['ids=1']\n"),
    ),
    # training, method, gold
    Case("no steps", "run iris --steps 0", "`steps` must be >= 1"),
    Case("unknown method", "run iris --method magic", "`method` must be one of adversarial_uniform"),
    Case("no hyper-parameter's value", "run iris --set beta", "--set takes name=value"),
    # the configuration file
    Case("no configuration", "run --config no.toml", "no configuration file no.toml"),
    Case("malformed TOML", "run --config c.toml", "not valid TOML", content("c.toml", "dataset = \n")),
    Case(
        "another dataset",
        "run wine --config c.toml",
        "is about iris",
        content("c.toml", "dataset = 'iris'\n"),
    ),
    Case(
        "flag into no table",
        "run iris --val 0.1 --config c.toml",
        "`data` in the conf",
        content("c.toml", "data = 'iris'\n"),
    ),
    # the folder
    Case("file as folder", "run iris --out f", "f is a file", content("f", "")),
    Case("not a run", "run iris --out mine", "holds no run", content("mine/notes.txt", "mine")),
    Case("holds a run", f"run {FLAGS} --out r", "already holds a run"),
    Case("holds a run, train", f"train {FLAGS} --out r", "already holds a run"),
    Case("forced and resumed", f"run {FLAGS} --out r --force --resume", "give one of them"),
    Case("forced with bad data", "run iris --out r --force --forget-class 9", "no class '9'"),
    Case(
        "another configuration",
        f"run {FLAGS} --out r --resume --seed 1 --val 0.1",
        "another configuration (data.val, seed changed)",
        gone(*UNFINISHED),
    ),
    Case(
        "damaged model",
        f"run {FLAGS} --out r --resume",
        "original is damaged",
        then(cut("r/original.safetensors", 90), gone(*HALF)),
    ),
    Case(
        "changed evidence", f"run {FLAGS} --out r --resume", "changed after", flip("r/evidence.safetensors")
    ),
    # the steps
    Case("unlearn nowhere", "unlearn nowhere", "nowhere holds no run"),
    Case("unlearn untrained", "unlearn r", "no finished train stage", gone("r/original.json")),
    Case("unlearn again", "unlearn r", "--force replaces it"),
    Case("unlearn by magic", "unlearn r --force --method magic", "`method` must be one of"),
    Case("unlearn a damaged model", "unlearn r --force", "original is damaged", cut("r/original.json", 9)),
    Case("audit nowhere", "audit nowhere", "nowhere holds no run"),
    Case("audit not unlearned", "audit r", "no finished unlearn stage", gone("r/unlearned.json")),
    Case("audit again", "audit r", "--force replaces it"),
    Case("audit one gold model", "audit r --force --gold 1", "`gold` must be >= 3"),
    Case("report nowhere", "report nowhere", "no run folder `nowhere`"),
    Case("report not audited", "report r", "`run.json` is missing", gone("r/run.json")),
    Case("report changed numbers", "report r", "was changed after the run", flip("r/summary.json")),
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
    # answers of other models
    Case("nothing to audit", "audit", "say what to audit"),
    Case(
        "two things to audit", "audit --probabilities a r", "takes no run folder", content("a/labels.npy", "")
    ),
    Case(
        "number of gold models given",
        "audit --probabilities a --gold 3",
        "takes no run folder and no --gold",
        content("a/labels.npy", ""),
    ),
    Case("plan without answers", "audit r --plan p.json", "belong to --probabilities"),
    Case("place without answers", "audit r --out o", "belong to --probabilities"),
    Case("no such folder", "audit --probabilities a", "there is no file or folder a"),
    Case("answers missing", "audit --probabilities a", "lacks labels, roles", lambda d: (d / "a").mkdir()),
    # deletion records and keys
    Case("verify: nothing", "verify", "missing argument 'WHAT...'"),
    Case("verify: nowhere", "verify nowhere", "there is no run folder or deletion record nowhere"),
    Case("verify: two folders", "verify r r", "give one run folder, or deletion records only"),
    Case("verify: folder and record", "verify r first.json --public-key key.pem.pub", "give one run folder"),
    Case("verify: record without a key", "verify first.json", "with the signer's public key"),
    Case(
        "verify: empty record",
        "verify first.json --public-key key.pem.pub",
        "is not a deletion record",
        content("first.json", ""),
    ),
    Case(
        "verify: chain in the wrong order",
        "verify later.json first.json --public-key key.pem.pub",
        "does not follow later.json",
    ),
    Case("audit: audited before", "audit r", "already holds an audit: --force replaces it"),
    Case("audit: gold models in part", "audit r --force --gold 2.5", "invalid value for '--gold'"),
    Case("audit: gold models without end", "audit r --force --gold inf", "invalid value for '--gold'"),
    Case(
        "report: page as folder",
        "report r",
        "report.html cannot be used (Is a directory)",
        as_folder("r/report.html"),
    ),
    Case("certify: no request", "certify r --key key.pem", "missing option '--request-id'"),
    Case(
        "certify: changed run",
        "certify r --request-id R-3 --key key.pem --force",
        "r does not verify (seal:",
        flip("r/run.json", 20),
    ),
    Case(
        "certify: no key",
        "certify r --request-id R-3 --key none.pem --force",
        "there is no private key at none.pem",
    ),
    Case(
        "certify: record already there",
        "certify r --request-id R-3 --key key.pem",
        "is there already: --force replaces it",
    ),
    Case(
        "verify: chain to nowhere",
        "verify first.json none.json --public-key key.pem.pub",
        "no run folder or deletion record none.json",
    ),
    Case("new-key: long name", f"new-key {'x' * 300}", "cannot be used (File name too long)"),
    Case("new-key: no file", "new-key", "missing argument 'FILE'"),
    Case("new-key: key already there", "new-key key.pem", "a key is never replaced"),
]

FOUND = [
    Case("file missing", "verify r", "trace.parquet is missing", gone("r/trace.parquet")),
    Case("array missing", "verify r", "WRONG  metrics", arrays(lambda a: a.pop("p_gold"))),
    Case(
        "record changed", "verify r --public-key key.pem.pub", "WRONG  record", flip("r/deletion-record.json")
    ),
    Case(
        "record of another signer",
        "verify r --public-key other.pem.pub",
        "is not signed by the given public key",
    ),
    Case(
        "record as folder",
        "verify r --public-key key.pem.pub",
        "WRONG  record",
        as_folder("r/deletion-record.json"),
    ),
]


@pytest.fixture(autouse=True)
def no_long_work(monkeypatch: pytest.MonkeyPatch) -> None:
    from qunlearn.audit import of_predictions
    from qunlearn.methods.base.descent import Descent
    from qunlearn.run import problem_and_gold, stages

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("long work was begun")

    monkeypatch.setattr(stages.Setup, "train", refuse)
    monkeypatch.setattr(problem_and_gold, "gold_ensemble", refuse)
    monkeypatch.setattr(Descent, "__call__", refuse)
    monkeypatch.setattr(of_predictions, "prediction_rows", refuse)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_sentence_and_nothing_written(
    case: Case, copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_command(case, copied, capsys)


@pytest.mark.parametrize("case", FOUND, ids=lambda case: case.name)
def test_what_does_not_match_is_printed_and_the_exit_code_is_1(
    case: Case, copied: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from qunlearn.run import verify

    cheap = ("seal", "files", "models", "split", "probabilities", "metrics", "drawings")
    monkeypatch.setattr(verify, "CHECKS", {name: verify.CHECKS[name] for name in cheap})
    check_command(case, copied, capsys, findings=True)
