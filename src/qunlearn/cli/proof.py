"""`verify`, `certify` and `new-key`: evidence that others can check."""

from pathlib import Path
from typing import Annotated

import typer

from qunlearn._errors import fail, require

Key = Annotated[Path, typer.Option("--key", metavar="FILE", help="Private key (`qunlearn new-key FILE`).")]
PublicKey = Annotated[
    Path | None,
    typer.Option("--public-key", metavar="FILE", help="Public key of the signer, to check deletion records."),
]


def verify(
    what: Annotated[
        list[Path], typer.Argument(help="A run folder, or deletion records, oldest first.", metavar="WHAT...")
    ],
    public_key: PublicKey = None,
) -> None:
    """Check a run folder against itself, or the signatures and the chain of deletion records.

    Every hash is taken again, probabilities are computed from parameters, metrics from probabilities. Exit
    code 0: everything matches. 1: something does not. 3: what could be checked matches, but not everything
    could be.
    """
    for path in what:
        require(path.exists(), f"there is no run folder or deletion record {path}: give one that is there")
    folders = [path for path in what if path.is_dir()]
    require(not folders or len(what) == 1, "give one run folder, or deletion records only")
    if folders:
        _verify_folder(folders[0], public_key)
    else:
        _verify_records(what, public_key)


def certify(
    folder: Annotated[Path, typer.Argument(help="An audited run folder.", metavar="FOLDER")],
    *,
    request_id: Annotated[
        str, typer.Option("--request-id", help="Opaque id of the request, such as a ticket number.")
    ],
    key: Key,
    previous: Annotated[
        Path | None, typer.Option("--previous", metavar="FILE", help="The deletion record before this one.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier record.")] = False,
) -> None:
    """Sign a deletion record of an audited run: what was asked, done and measured, and its limits."""
    from qunlearn import record

    record.check_order(folder, request_id=request_id, key=key, previous=previous, force=force)
    for check in _checked(folder):
        require(check.ok is not False, f"{folder} does not verify ({check.name}: {check.finding})")
    target = record.certify(folder, request_id=request_id, key=key, previous=previous, force=force)
    typer.echo(f"deletion record: {target}\nnext: qunlearn verify {folder} --public-key {key}.pub")


def new_key(path: Annotated[Path, typer.Argument(help="File for the private key.", metavar="FILE")]) -> None:
    """Make a key pair that signs deletion records: FILE (keep it secret) and FILE.pub (give it away)."""
    from qunlearn import record

    public = record.new_key(path)
    typer.echo(f"private key: {path} (keep it secret)\npublic key:  {public}")


def _checked(folder: Path) -> list:
    from qunlearn.run.verify import verify

    return verify(folder)


def _verify_folder(folder: Path, public_key: Path | None) -> None:
    from qunlearn import record

    if public_key is not None:
        record.read_public(public_key)  # a key that cannot be used is refused before long work
    results = [(check.name, check.ok, check.finding) for check in _checked(folder)]
    if (folder / record.RECORD).exists():
        results.append(("record", *_record(folder, public_key)))
    marks = {True: "ok", False: "WRONG", None: "-"}
    for name, ok, finding in results:
        typer.echo(f"{marks[ok]:5}  {name:13}  {finding}")
    wrong, unchecked = ([name for name, ok, _ in results if ok is found] for found in (False, None))
    if wrong:
        typer.echo(f"{folder}: does not match: {', '.join(wrong)}")
        raise typer.Exit(1)
    if unchecked:
        typer.echo(f"{folder}: not everything could be checked: {', '.join(unchecked)}; the rest matches")
        raise typer.Exit(3)
    typer.echo(f"{folder}: everything matches")


def _record(folder: Path, public_key: Path | None) -> tuple[bool | None, str]:
    from qunlearn import record

    if public_key is None:
        return None, "not checked: give the signer's --public-key"
    wrong = record.differences(folder, public_key)
    return not wrong, "; ".join(wrong) or "signed, and matches"


def _verify_records(records: list[Path], public_key: Path | None) -> None:
    from qunlearn import record

    if public_key is None:
        fail("deletion records are checked with the signer's public key: --public-key FILE")
    for path, content in zip(records, record.check_chain(records, public_key), strict=True):
        request, verdict = content["predicate"]["request"], content["predicate"]["verdict"]
        typer.echo(f"ok     {path}: request {request['id']}, {verdict.get('because') or verdict['sentence']}")
    if len(records) > 1:
        typer.echo(f"{len(records)} records, each naming the one before it")
