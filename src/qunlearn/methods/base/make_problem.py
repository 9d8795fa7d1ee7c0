"""From a trained model and a request to the problem that an unlearning method is given."""

import numpy as np
from jaxtyping import ArrayLike

from qunlearn._errors import require
from qunlearn.data import ForgetSplit, Prepared, Request
from qunlearn.data.samples import Samples
from qunlearn.methods.base.problem import Problem
from qunlearn.model.classifier import Classifier
from qunlearn.train.federated import Federation
from qunlearn.train.fit import Fitted, Training
from qunlearn.train.history import History


def make_problem(
    model: Classifier,
    trained: Fitted | tuple[Fitted, History] | ArrayLike,
    rows: Prepared,
    request: Request,
    training: Training | None = None,
) -> Problem:
    """Pose the problem of taking `request` out of a trained model.

    Args:
        model: The classifier.
        trained: What `fit` or `fit_federated` returned for it on the training part of `rows`, or its
            parameters (P,).
        rows: The prepared data; a federation's clients are those of `rows`.
        request: What to forget, such as `ForgetClass("virginica")`.
        training: How the model was trained, because gold models are trained the same way. None takes it from
            `fit`'s result, for bare parameters the defaults of `Training`.

    Returns:
        The problem that `unlearn`, `gold_ensemble` and `audit` are given.

    Raises:
        InputError: Where the request does not fit the data.

    Example:
        >>> import qunlearn as qu
        >>> data = qu.load_dataset("iris")
        >>> rows = qu.prepare(data, qu.split(data.y, seed=0))
        >>> model = qu.VQC(4, 3, n_qubits=4, uploads=1, repetitions=1)
        >>> fitted = qu.fit(model, rows.train, rows.val, key=0, training=qu.Training(steps=5))
        >>> problem = qu.make_problem(model, fitted, rows, qu.ForgetClass("virginica"))
        >>> problem.forget_index, problem.kind
        (2, 'class')
    """
    if isinstance(trained, tuple):
        fitted, history = trained
        how, rounds = training or fitted.training, len(history.start)
        require(rows.clients is not None, "a federation trained this model: `rows` must say its `clients`")
        local_steps = fitted.training.steps // rounds
        cut = request.apply(rows)
        return problem_of(model, fitted.params, cut, how, local_steps=local_steps, history=history)
    if isinstance(trained, Fitted):
        return problem_of(model, trained.params, request.apply(rows), training or trained.training)
    return problem_of(model, trained, request.apply(rows), training or Training())


def problem_of(
    model: Classifier,
    params: ArrayLike,
    forget: ForgetSplit,
    training: Training,
    *,
    local_steps: int | None = None,
    history: History | None = None,
) -> Problem:
    """The problem of parameters (P,) and rows that are already divided into forget and retain.

    local_steps: between two averages, where a federation trained the model; `history` are its rounds.
    """
    clients, federation = forget.remaining.clients, None
    if clients is not None and local_steps is not None:
        federation = Federation(clients, local_steps)
    return Problem(
        model,
        np.asarray(params),
        forget=Samples(forget.x_forget, forget.y_forget),
        retain=Samples(forget.x_retain, forget.y_retain),
        val=Samples(forget.x_val_retain, forget.y_val_retain),
        training=training,
        forget_index=forget.forget_index,
        kind=forget.kind,
        federation=federation,
        history=history,
    )
