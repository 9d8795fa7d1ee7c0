"""DEW-P, arXiv 2608.17069: a client of a federation is forgotten, four qubits, synthetic data.

Of the set-up are known the four qubits, the 24 parameters, and that the data are synthetic; what else it
takes is ours, and said in the remarks.
"""

from types import MappingProxyType

from qunlearn.run.config import FederatedConfig, ModelConfig, RunConfig
from qunlearn.study.published.experiment import Experiment, MethodLine, PublishedTask
from qunlearn.train import Training

MODEL = ModelConfig(
    n_qubits=4, encoding="angle", ansatz="ry_rz_cnot_ring", uploads=1, repetitions=3, logit_scale=2.0
)

LINES = (
    MethodLine("EWP", "entanglement_pruning"),
    MethodLine("fine-tune (EWP, nothing pruned)", "finetune"),
    MethodLine("FedEraser", "fed_eraser"),
    MethodLine("gradient ascent", "gradient_ascent"),
    MethodLine("NegGrad+", "neggrad_plus"),
    MethodLine("SCRUB", "scrub"),
    MethodLine("gauss_newton_replay (ours)", "gauss_newton_replay"),
)

DEW_P = Experiment(
    id="dew-p",
    title="DEW-P's federated client, repeated",
    source="DEW-P, arXiv 2608.17069",
    tasks=MappingProxyType(
        {
            "client": PublishedTask(
                "Synthetic data of two classes, forget one client of five",
                RunConfig(
                    "synthetic",
                    forget_client=0,
                    model=MODEL,
                    training=Training(steps=300, batch=10, learning_rate=0.1),
                    federated=FederatedConfig(clients=5, alpha=1.0, local_steps=10),
                ),
                LINES,
                {"EWP": {"test_accuracy": 0.837}},
            )
        }
    ),
    budget=0.06,
    measures=("retain_accuracy", "forget_accuracy", "test_accuracy", "kl_test", "agreement_test"),
    remarks=(
        "Known of their set-up, and kept: synthetic data, four qubits, 24 parameters, a federated client to "
        "forget, pruning weighted by entanglement, of the share 0.2; they ran three seeds.",
        "Not known to us, and chosen: the data (the dataset `synthetic`, four normal clouds, where a plane "
        "is right with probability 0.88), the circuit (RY encoding, three layers of RY RZ and a CNOT ring), "
        "five clients with label skew α = 1, FedAvg in 30 rounds of 10 local steps, every method's learning "
        "rate and weights (the package's defaults). So the accuracies are of different tasks; only their "
        "distance to retraining can be read across.",
        "Their figures are an accuracy of 0.837, here taken to be that of test samples, in 3.96 s, and "
        "65 s for "
        "retraining. The budget is that ratio, 0.06, in circuits; the scores that decide what is pruned are "
        "part of it.",
        "Fine-tuning is the repair of EWP with nothing pruned and no scores to pay: the difference of these "
        "two lines is what pruning does.",
        "All methods but FedEraser draw mini-batches from the retained samples of all clients together, "
        "which "
        "a federation would do by averaging gradients; retraining is a federation, as the original was.",
        "What there is to forget is what lies between the original and the retrained models.",
        "FedEraser repeats every second round with as many local steps as the budget allows; its paper takes "
        "half of training's, about a quarter of the cost of retraining. It starts from "
        "the beginning of training and does not look at validation samples, while the original and the "
        "retrained models are those of the round with the lowest validation loss.",
        "Their five other methods are not named in what we know of them; the lines here are ours.",
    ),
)
