"""The words of a report: what each quantity is called, what it means."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qunlearn.metrics import ENSEMBLE_METRICS, METRICS, ROLE_METRICS, metric_of

MODELS = {"original": "Original", "unlearned": "Unlearned", "gold": "Gold", "gold_gold": "Gold against gold"}

_LABELS = {
    "forget_recall": "Recall of the forgotten class",
    "retain_accuracy": "Accuracy on retained samples",
    "forget_accuracy": "Accuracy on forgotten samples",
    "f1_retain": "F1 of the retained classes",
    "forget_probability_forget": "p(forgotten), forgotten samples",
    "forget_probability_retain": "p(forgotten), retained samples",
    "kl_gold_mean": "KL(gold‖model), mean",
    "kl_gold_median": "KL(gold‖model), median",
    "kl_gold_max": "KL(gold‖model), maximum",
    "kl_gold_full_mean": "KL over all classes, mean",
    "kl_gold_full_median": "KL over all classes, median",
    "kl_gold_full_max": "KL over all classes, maximum",
    "js_gold_retain": "Jensen–Shannon, retained samples",
    "js_gold_forget": "Jensen–Shannon, forgotten samples",
    "tv_gold_retain": "Total variation, retained samples",
    "tv_gold_forget": "Total variation, forgotten samples",
    "agreement_retain": "Agreement, retained samples",
    "agreement_forget": "Agreement, forgotten samples",
    "activation_distance_retain": "Activation distance, retained samples",
    "activation_distance_forget": "Activation distance, forgotten samples",
    "ua": "Unlearning accuracy (UA)",
    "ra": "Remaining accuracy (RA)",
    "ta": "Test accuracy (TA)",
    "mia": "Membership inference efficacy (MIA)",
    "avg_gap": "Average gap of UA, RA, TA and MIA",
    "tow": "Tug of war (ToW)",
    "zrf": "Zero retrain forgetting (ZRF)",
    "epsilon_hat": "ε̂, median over rows",
    "epsilon_hat_p95": "ε̂, 95th percentile",
    "klom_forget": "KLoM, forgotten rows",
    "klom_retain": "KLoM, retained rows",
    "klom_test": "KLoM, test rows",
    "membership_ulira": "U-LiRA, forgotten rows",
    "membership_ulira_p95": "U-LiRA, 95th percentile",
    "ain_forget": "Relearning from forgotten rows (AIN)",
    "ain_retain": "Relearning from retained rows (AIN)",
    "state_fidelity_forget": "State fidelity, forgotten samples",
    "state_fidelity_retain": "State fidelity, retained samples",
    "readout_trace_distance_forget": "Trace distance of read-outs, forgotten samples",
    "readout_trace_distance_retain": "Trace distance of read-outs, retained samples",
    "readout_bures_forget": "Bures distance of read-outs, forgotten samples",
    "readout_bures_retain": "Bures distance of read-outs, retained samples",
    "seed_averaged_trace_distance_forget": "Trace distance of seed averages, forgotten samples",
    "seed_averaged_trace_distance_retain": "Trace distance of seed averages, retained samples",
}
_WRITTEN = {"lira": "LiRA", "rmia": "RMIA", **{w: w.upper() for w in ("kl", "js", "tv", "auc", "f1")}}
_ABBREVIATION = re.compile(rf"\b({'|'.join(_WRITTEN)})\b")
_MEMBERSHIP = re.compile(r"membership_(.+)_(forget|retain)")
_ROWS = {"forget": "forgotten rows", "retain": "retained rows"}


@dataclass(frozen=True)
class Quantity:
    """A measured quantity: its id in the run folder, its name and meaning, and how many decimals to print."""

    id: str
    label: str
    meaning: str
    decimals: int = 3


def quantity(metric: str, classes: Sequence[str] = ()) -> Quantity:
    """The words for a metric id; without a label here it is spelled out, `recall/1` with class 1's name."""
    known, _, index = metric.partition("/")
    row = metric_of(metric) if known in {**METRICS, **ROLE_METRICS, **ENSEMBLE_METRICS} else None
    label = _LABELS.get(metric) or _membership(known) or spell(known)
    if index:
        name = classes[int(index)] if index.isdigit() and int(index) < len(classes) else index
        label = f"{label} of class {name}"
    fine = row is not None and row.unit in ("nats", "bits")
    return Quantity(metric, label, row.meaning if row else "", 4 if fine else 3)


def _membership(name: str) -> str | None:
    """What `membership_loss_forget` and its like are called."""
    attack = _MEMBERSHIP.fullmatch(name)
    return attack and f"Membership by {_words(attack[1])}, {_ROWS[attack[2]]}"


def spell(name: str) -> str:
    """An id as words: underscores to spaces, abbreviations as they are written, a capital first."""
    words = _words(name)
    return words[:1].upper() + words[1:]


def _words(name: str) -> str:
    return _ABBREVIATION.sub(lambda match: _WRITTEN[match[0]], name.replace("_", " "))
