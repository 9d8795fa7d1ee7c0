"""Folders: where a run may be written, and what it may delete there."""

import os
from pathlib import Path

import pytest

from qunlearn._errors import InputError
from qunlearn.results.files import FILES, STAGES
from qunlearn.run.config import RunConfig
from qunlearn.run.folder import HEADER, RunFolder, check_free, check_same, holds_run, open_run
from tiny_run import contents


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds every file of a run and one more."""
    (tmp_path / "run").mkdir()
    for name in (*FILES, "notes.txt"):
        (tmp_path / "run" / name).write_text(HEADER if name == "config.toml" else name)
    return tmp_path / "run"


@pytest.mark.parametrize("stage", STAGES)
def test_begin_deletes_what_follows_and_nothing_else(folder: Path, stage: str) -> None:
    RunFolder(folder, RunConfig("iris")).begin(stage)
    later = list(STAGES)[list(STAGES).index(stage) :]
    gone = {name for s in later for name in STAGES[s]}
    assert set(contents(folder)) == {*FILES, "notes.txt"} - gone
    assert (folder / "config.toml").read_text().startswith(HEADER)
    assert open_run(folder).config == RunConfig("iris")


def test_marks_are_deleted_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is interrupted while old files are deleted has no mark of a stage whose files are gone."""
    order: list[str] = []
    monkeypatch.setattr(Path, "unlink", lambda self, missing_ok=False: order.append(self.name))
    RunFolder(folder, RunConfig("iris")).begin("train")
    for earlier, names in STAGES.items():
        for later in list(STAGES)[list(STAGES).index(earlier) :]:
            for name in names:
                assert order.index(STAGES[later][-1]) <= order.index(name)


def test_a_stage_is_done_when_its_last_file_is_there(folder: Path) -> None:
    run = RunFolder(folder, RunConfig("iris"))
    for stage, names in STAGES.items():
        assert run.done(stage)
        (folder / names[-1]).unlink()
        assert not run.done(stage)
        with pytest.raises(InputError, match=f"no finished {stage} stage"):
            run.require_done(stage)


def test_free_places(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("absent", "deep/er", "empty"):
        for options in ({}, {"force": True}, {"resume": True}):
            assert check_free(tmp_path / name, **options) == tmp_path / name
    assert set(contents(tmp_path)) == {"empty"}


def test_taken_places(folder: Path) -> None:
    before = contents(folder)
    with pytest.raises(InputError, match="already holds a run: replace it with --force, finish it with"):
        check_free(folder)
    with pytest.raises(InputError, match="give one of them"):
        check_free(folder, force=True, resume=True)
    assert check_free(folder, force=True) == check_free(folder, resume=True) == folder
    (folder / "config.toml").write_text('dataset = "iris"\n')
    for options in ({}, {"force": True}, {"resume": True}):
        with pytest.raises(InputError, match="holds no run"):
            check_free(folder, **options)
    assert set(contents(folder)) == set(before)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_cannot_be_written_as_user(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(InputError, match="cannot be written to"):
        check_free(tmp_path / "locked" / "run")


def test_a_place_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(os, "access", lambda path, mode: asked.append(path) or False)
    with pytest.raises(InputError, match="cannot be written to: choose another --out"):
        check_free(tmp_path / "a" / "b")
    assert asked == [tmp_path]


def test_only_a_run_is_opened(tmp_path: Path) -> None:
    for content in (None, "", 'dataset = "iris"\n', HEADER[:-5]):
        if content is not None:
            (tmp_path / "config.toml").write_text(content)
        assert not holds_run(tmp_path)
        with pytest.raises(InputError, match="holds no run: make one with"):
            open_run(tmp_path)
    (tmp_path / "config.toml").write_text(HEADER + "dataset = ")
    with pytest.raises(InputError, match=r"not valid TOML .*: start anew with --force"):
        open_run(tmp_path)


def test_the_same_configuration_is_recognised(tmp_path: Path) -> None:
    config = RunConfig("iris", hyper={"beta": 2.0}, gold=3)
    RunFolder(tmp_path, config).begin("train")
    check_same(tmp_path, config)
    with pytest.raises(InputError, match=r"another configuration \(gold, hyper\.beta, method changed\)"):
        check_same(tmp_path, RunConfig("iris", method="retrain", gold=4))
