"""Chen & Zhang, arXiv 2508.02422: poisoned labels, on digits 1 and 9 and on XXZ ground states.

Their MNIST figures stand beside the small digits of scikit-learn, which need no download.
"""

from types import MappingProxyType

from qunlearn.run.config import DataConfig, ModelConfig, RunConfig
from qunlearn.study.published.experiment import ORIGINAL, Experiment, MethodLine, PublishedTask
from qunlearn.train import Training

FLIPS = "flip:0.3"
_QNN = {"encoding": "amplitude", "ansatz": "rx_ry_rx_rzz_ring", "uploads": 1, "logit_scale": 2.5}
_RATE = {"learning_rate": 0.005, "batch": 32}
_SCRUB = {**_RATE, "alpha": 0.0, "gamma": 1.0, "forget_weight": 0.2}

LINES = (
    MethodLine("fine-tune", "finetune", _RATE),
    MethodLine("SCRUB, as published", "scrub", {**_SCRUB, "as_published": True}),
    MethodLine("SCRUB", "scrub", _SCRUB),
    MethodLine("gradient ascent", "neggrad_plus", {**_RATE, "beta": 1 / 1.2}),
    MethodLine("complement labels", "complement_label", _RATE),
)


def _task(title: str, config: RunConfig, before: float, finetune: float, scrub: float) -> PublishedTask:
    figures = {ORIGINAL: before, "fine-tune": finetune, "SCRUB, as published": scrub}
    return PublishedTask(title, config, LINES, {label: {"test_accuracy": v} for label, v in figures.items()})


CHEN_ZHANG = Experiment(
    id="chen-zhang",
    title="Chen & Zhang's poisoned labels, repeated",
    source="Chen & Zhang, arXiv 2508.02422; code: github.com/yutuer21/quantum-machine-unlearning",
    tasks=MappingProxyType(
        {
            "digits": _task(
                "Digits 1 and 9 (published: MNIST 1 and 9), 30 % of the labels flipped",
                RunConfig(
                    "digits",
                    forget_poisoned=True,
                    data=DataConfig(classes=("1", "9"), n_features=64, standardise=False, poison=FLIPS),
                    model=ModelConfig(n_qubits=6, repetitions=6, **_QNN),
                    training=Training(steps=300, batch=32, learning_rate=0.03),
                ),
                0.928,
                0.9745,
                0.978,
            ),
            "xxz": _task(
                "XXZ ground states, 30 % of the labels flipped",
                RunConfig(
                    "xxz",
                    forget_poisoned=True,
                    data=DataConfig(n_features=256, poison=FLIPS),
                    model=ModelConfig(n_qubits=8, repetitions=4, **_QNN),
                    training=Training(steps=300, batch=32, learning_rate=0.03),
                ),
                0.738,
                1.0,
                1.0,
            ),
        }
    ),
    budget=0.5,
    measures=("retain_accuracy", "forget_accuracy", "test_accuracy", "kl_test", "agreement_test"),
    remarks=(
        "The circuit is theirs (amplitudes as start state, layers of RX RY RX and a ring of RZZ; six layers "
        "for the digits, four for the chain), on six and eight qubits where they have ten and twelve. They "
        "read one qubit, p = sigmoid(5⟨Z⟩); here each class has a qubit, with logits 2.5⟨Z⟩, so that p has "
        "the same range.",
        "Test samples carry true labels; accuracy on forgotten samples is against the flipped labels "
        "that they "
        "were trained with, so low is right. Their figures are accuracies on rows with true labels, of one "
        "poisoned model, and means of five runs of each method on it.",
        "Every method has half of retraining's circuits, the ratio of their epochs on MNIST; their own "
        "retrained model had no more than that, ours the whole training.",
        "Weights and learning rate of unlearning are theirs: cross-entropy 1, forgetting 0.2, rate 0.005. "
        "Their SCRUB is one joint objective, 'as published'; their gradient ascent keeps the cross-entropy "
        "of retained samples, so it is NegGrad+ with β = 1/1.2.",
    ),
)
