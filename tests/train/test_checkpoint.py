"""Saved models: what comes back, and that nothing damaged does."""

import json

import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.model import VQC
from qunlearn.train import load_model, save_model

MODEL = VQC(2, 3, n_qubits=3, uploads=1, repetitions=1, head=True, logit_scale=0.7)
PARAMS = np.random.default_rng(0).normal(size=MODEL.n_params)
EXTRA = {"cost": {"gradients": np.int64(3), "seconds": 0.1}, "best_step": 4, "note": "ünïcode", "none": None}


@pytest.fixture
def stem(tmp_path):
    save_model(tmp_path / "model.v1", MODEL, PARAMS, EXTRA)
    return tmp_path / "model.v1"


def files(stem):
    return [stem.with_name(stem.name + suffix) for suffix in (".json", ".safetensors")]


def test_round_trip(stem):
    model, params, description = load_model(stem)
    assert model == MODEL
    assert params.dtype == np.float64
    assert np.array_equal(params, PARAMS)
    assert description["cost"] == {"gradients": 3, "seconds": 0.1}
    assert (description["best_step"], description["note"], description["none"]) == (4, "ünïcode", None)
    assert description["architecture"] == {"kind": "VQC", **MODEL.to_dict()}
    assert "jax" in description["provenance"]["packages"]


def test_two_files_whose_names_keep_their_dots(stem):
    assert sorted(p.name for p in stem.parent.iterdir()) == ["model.v1.json", "model.v1.safetensors"]
    save_model(stem.with_name("model.v2"), MODEL, PARAMS + 1)
    assert np.array_equal(load_model(stem)[1], PARAMS)


def test_nothing_is_pickled(stem):
    description, parameters = files(stem)
    assert json.loads(description.read_text())
    header = int.from_bytes(parameters.read_bytes()[:8], "little")
    assert len(parameters.read_bytes()) == 8 + header + 8 * MODEL.n_params


def refusal(stem):
    """The sentence with which the model is refused, or None and what was loaded."""
    try:
        return None, load_model(stem)
    except InputError as error:
        return str(error), None


def test_every_flipped_bit_is_refused_or_changes_nothing(stem):
    """Harmless are blanks, which are no content; everything else must be refused in one sentence."""
    *_, before = load_model(stem)
    harmless = []
    for file in files(stem):
        whole = file.read_bytes()
        for position in range(len(whole)):
            damaged = bytearray(whole)
            damaged[position] ^= 1 << position % 8
            file.write_bytes(bytes(damaged))
            sentence, loaded = refusal(stem)
            if loaded is not None:
                assert (loaded[0], loaded[2]) == (MODEL, before)
                assert np.array_equal(loaded[1], PARAMS)
                harmless.append(whole[position : position + 1])
            else:
                assert str(stem) in sentence
                assert "\n" not in sentence
        file.write_bytes(whole)
    assert set(harmless) <= {b" ", b"\n"}


@pytest.mark.parametrize("which", [0, 1])
def test_missing_and_cut_files_are_refused(stem, which):
    file = files(stem)[which]
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(InputError, match=r"^the saved model at .* is damaged \(.*\): train it again$"):
        load_model(stem)
    file.unlink()
    with pytest.raises(InputError, match=rf"^there is no saved model at .*: {file.name} is missing$"):
        load_model(stem)


def test_parameters_of_another_model_are_refused(stem, tmp_path):
    save_model(tmp_path / "other", MODEL, PARAMS * 2, EXTRA)
    files(stem)[1].write_bytes(files(tmp_path / "other")[1].read_bytes())
    with pytest.raises(InputError, match="does not match its hash"):
        load_model(stem)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "Circuit"}, "is not a VQC, and this version can load no other"),
        ({"depth": 3}, "`field of a VQC` must be one of n_features"),
        ({"repetitions": 2}, "was saved by a version that built it otherwise: train it again"),
    ],
)
def test_what_another_version_saved(stem, changes, sentence):
    class Other(VQC):
        def to_dict(self):
            return {**super().to_dict(), **changes}

    save_model(stem, Other(**MODEL.to_dict() | {"readout": MODEL.readout}), PARAMS)
    with pytest.raises(InputError, match=sentence):
        load_model(stem)


@pytest.mark.parametrize("params", [PARAMS[:-1], np.where(PARAMS > 0, np.nan, PARAMS)])
def test_bad_parameters_are_not_saved(tmp_path, params):
    with pytest.raises(InputError, match=rf"^`params` must be {MODEL.n_params} finite numbers"):
        save_model(tmp_path / "m", MODEL, params)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("extra", [{"loss": float("nan")}, {"path": object()}])
def test_extra_that_json_cannot_hold(tmp_path, extra):
    with pytest.raises(InputError, match=r"^`extra` must hold what JSON can hold"):
        save_model(tmp_path / "m", MODEL, PARAMS, extra)
    assert not list(tmp_path.iterdir())


def test_extra_must_not_hide_the_description(tmp_path):
    with pytest.raises(InputError, match=r"^`extra` must not use the keys .*, but has architecture$"):
        save_model(tmp_path / "m", MODEL, PARAMS, {"architecture": {}})


def test_missing_folder(tmp_path):
    with pytest.raises(InputError, match="there is no folder"):
        save_model(tmp_path / "none" / "m", MODEL, PARAMS)
