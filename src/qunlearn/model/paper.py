"""The classifier of the seed paper (arXiv 2601.04413, section 4), and the same circuit for other tasks."""

from typing import Literal

from qunlearn._errors import require_one_of
from qunlearn.model.vqc import VQC

_ENCODINGS = {("ry",): "pairwise", ("ry", "rz"): "pairwise_ry_rz"}


def paper_classifier(
    *,
    rotations: tuple[str, ...] = ("ry",),
    logit_scale: float = 1.0,
    init_sd: float = 0.1,
    gradient: Literal["reverse", "parameter_shift", "finite_difference"] = "reverse",
) -> VQC:
    """Six qubits, 72 parameters, four features in radians, three classes.

    Feature map - ansatz - feature map - ansatz; ⟨Z⟩ on qubits 3, 4, 5 are the logits. Parameters are ordered
    block, repetition, rotation (RY, RZ), qubit. The paper leaves open, so these are options: whether RZ(x_i)
    follows RY(x_i) (`rotations=("ry", "rz")`), the logit scale and the spread of the initial parameters.

    With `logit_scale=1` every class probability lies in [0.0634, 0.7870]: logits stay within [-1, 1].
    Raises `InputError` for other rotations, and for a scale or spread that is not above zero.
    """
    require_one_of("rotations", rotations, _ENCODINGS)
    return VQC(
        n_features=4,
        n_classes=3,
        n_qubits=6,
        encoding=_ENCODINGS[rotations],
        ansatz="ry_rz_cnot_ring",
        uploads=2,
        repetitions=3,
        readout=(3, 4, 5),
        logit_scale=logit_scale,
        init_sd=init_sd,
        gradient=gradient,
    )


def seed_like_classifier(n_features: int, n_classes: int, *, gradient: str = "reverse") -> VQC:
    """The seed paper's circuit for any task: `paper_classifier()` itself for four features and three classes.

    It has six qubits, or as many as there are features up to ten; further features wrap around. Classes are
    read from the last qubits, or by a linear head on all of them where there are more classes than qubits.
    """
    n_qubits = min(max(6, n_features), 10)
    head = n_classes > n_qubits
    return VQC(n_features, n_classes, n_qubits=n_qubits, encoding="pairwise", head=head, gradient=gradient)
