"""Crivoi & Ionescu, arXiv 2512.19253: their Iris experiment, a whole class and 2 % of the rows.

Their figures are those of `models/ql_unlearning_outputs_iris/results_summary.csv` in
github.com/CrivoiCarla/HQML, one run of seed 0. Their KL is KL(unlearned ‖ one retrained model).
"""

from types import MappingProxyType

from qunlearn.run.config import ModelConfig, RunConfig
from qunlearn.study.published.experiment import ORIGINAL, Experiment, MethodLine, PublishedTask
from qunlearn.train import Training

MODEL = ModelConfig(
    n_qubits=4, encoding="angle_rx_ry_rz", ansatz="rx_ry_rz_cz_ring", uploads=1, repetitions=6, head=True
)
TRAINING = Training(steps=400, batch=32, learning_rate=0.01)
RATE = {"learning_rate": 0.01, "batch": 16}

_MEASURES = ("retain_accuracy", "forget_accuracy", "test_accuracy", "kl_test", "agreement_test")
_SCRUB = {**RATE, "alpha": 1.0, "gamma": 0.0, "forget_weight": 1.5, "as_published": True}

LINES = (
    MethodLine("GA", "gradient_ascent", RATE),
    MethodLine("Fisher", "fisher_ewc_ascent", RATE),
    MethodLine("NegGrad+", "neggrad_plus", {**RATE, "beta": 0.5}),
    MethodLine("CF-k, as published", "cf_k", {**RATE, "as_published": True}),
    MethodLine("CF-k", "cf_k", RATE),
    MethodLine("EU-k, as published", "eu_k", {**RATE, "as_published": True}),
    MethodLine("EU-k", "eu_k", RATE),
    MethodLine("SCRUB, as published", "scrub", _SCRUB),
    MethodLine("SCRUB", "scrub", RATE),
    MethodLine("Q-MUL, as published", "similar_label", {**RATE, "as_published": True}),
    MethodLine("Q-MUL", "similar_label", RATE),
    MethodLine("LCA", "complement_label", RATE),
    MethodLine("ADV-UNIFORM", "adversarial_uniform", RATE),
)


def _figures(**rows: tuple[float, ...]) -> dict[str, dict[str, float]]:
    """Named as in their file; variants that exist twice here are told apart by the words 'as published'."""
    names = {
        "original": ORIGINAL,
        "NegGradPlus": "NegGrad+",
        "CFk": "CF-k, as published",
        "EUk": "EU-k, as published",
        "SCRUB": "SCRUB, as published",
        "QMUL": "Q-MUL, as published",
        "ADV": "ADV-UNIFORM",
    }
    return {names.get(row, row): dict(zip(_MEASURES, values, strict=False)) for row, values in rows.items()}


CLASS = _figures(
    original=(0.875, 1.0, 0.967),
    GA=(0.838, 0.975, 0.867, 0.880, 0.533),
    Fisher=(0.825, 0.975, 0.867, 0.910, 0.533),
    NegGradPlus=(0.838, 0.925, 0.800, 0.850, 0.567),
    CFk=(0.838, 0.975, 0.833, 0.903, 0.500),
    EUk=(0.888, 0.0, 0.600, 0.478, 0.700),
    SCRUB=(0.825, 0.950, 0.800, 0.890, 0.533),
    QMUL=(0.838, 0.800, 0.833, 0.860, 0.567),
    LCA=(0.900, 0.650, 0.767, 0.627, 0.600),
    ADV=(0.800, 0.825, 0.767, 0.741, 0.533),
)
RANDOM = _figures(
    original=(0.923, 0.667, 0.967),
    GA=(0.906, 0.667, 0.900, 0.178, 0.933),
    Fisher=(0.915, 0.333, 0.900, 0.159, 0.933),
    NegGradPlus=(0.915, 0.667, 0.967, 0.207, 0.933),
    CFk=(0.915, 0.667, 0.933, 0.155, 0.967),
    EUk=(0.940, 1.0, 0.967, 0.153, 0.933),
    SCRUB=(0.915, 0.667, 0.967, 0.230, 0.867),
    QMUL=(0.897, 0.667, 0.900, 0.225, 0.867),
    LCA=(0.906, 0.333, 0.900, 0.256, 0.933),
    ADV=(0.915, 0.333, 0.933, 0.256, 0.900),
)

HQML = Experiment(
    id="hqml",
    title="Crivoi & Ionescu's Iris experiment, repeated",
    source="Crivoi & Ionescu, arXiv 2512.19253; figures and code: github.com/CrivoiCarla/HQML",
    tasks=MappingProxyType(
        {
            "class": PublishedTask(
                "Iris, forget class setosa",
                RunConfig("iris", forget_class="0", model=MODEL, training=TRAINING),
                LINES,
                CLASS,
            ),
            "random": PublishedTask(
                "Iris, forget 2 % of the training samples",
                RunConfig("iris", forget_random=0.02, model=MODEL, training=TRAINING),
                LINES,
                RANDOM,
            ),
        }
    ),
    budget=0.2,
    measures=_MEASURES,
    remarks=(
        "Their figures are those of one run.",
        "The circuit is theirs (four qubits, RX RY RZ encoding and six layers of RX RY RZ with a CZ ring, as "
        "in their released weights); the head on it is linear here, theirs has four layers with batch "
        "normalisation and dropout.",
        "Inputs are scaled to [0, π] on training samples, theirs to [-π, π] on all, which gives the lowest "
        "and the highest value of an input the same rotation.",
        "Their models, the retrained ones included, are chosen by accuracy on the test samples; ours by "
        "validation loss. Their retrained model of the class task is that of epoch 1 (accuracy 0.6).",
        "In the 2 % task their original model was trained without the rows to forget, so that it is itself a "
        "retrained model; the figures of that task are distances between runs.",
        "Their learning rates (0.01) and weights are used, with equal budgets instead of 5 to 50 epochs; "
        "where both sets are paired, their epochs end with the smaller one, which is one step in the 2 % "
        "task.",
        "'As published' repeats what their code does where it differs from the method's own paper: CF-k "
        "ascends on the forgotten samples, EU-k trains all parameters, SCRUB has one joint objective without "
        "cross-entropy and no rewind, Q-MUL has the sign of the forget term turned around.",
        "Certified unlearning is left out: their noisy fine-tuning states no (ε, δ).",
    ),
)
