"""Training once more without the data, the way the original was trained: by one owner or by a federation."""

from qunlearn.methods.base.problem import Problem
from qunlearn.train.batches import batch_size
from qunlearn.train.cost import Cost
from qunlearn.train.federated import fit_federated_many
from qunlearn.train.fit import Fitted, fit_many, validation_cost
from qunlearn.train.loop import Keys
from qunlearn.train.progress import Progress, silent


def retrain_many(
    problem: Problem, keys: Keys, progress: Progress = silent, memory: int | None = None
) -> list[Fitted]:
    """Models trained on the retained samples from fresh parameters, one for every key (G,), side by side.

    `memory` bounds those at one time, as in `fit_many`; a federation does not look at it.
    """
    model, retain, val, training = problem.model, problem.retain, problem.val, problem.training
    if problem.federation is None:
        return fit_many(model, retain, val, keys=keys, training=training, memory=memory, progress=progress)
    return fit_federated_many(
        model, retain, val, problem.federation, keys=keys, training=training, progress=progress
    )


def retraining_costs(problem: Problem) -> tuple[Cost, Cost]:
    """What one of the `training.steps` steps of one model costs, and all looks at the validation samples."""
    training, n_val = problem.training, len(problem.val.y)
    if problem.federation is not None:
        return problem.federation.costs(training, n_val)
    step = Cost.of_gradients(batch_size(training.batch, len(problem.retain.y)))
    return step, validation_cost(training, n_val)


def retraining_cost(problem: Problem) -> Cost:
    """What retraining one model costs in all."""
    step, looks = retraining_costs(problem)
    return step * problem.training.steps + looks
