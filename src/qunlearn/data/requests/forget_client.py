"""Forget a participant of a federation."""

from dataclasses import dataclass, replace

import numpy as np

from qunlearn._errors import require, require_at_least
from qunlearn.data.clients import assign_clients
from qunlearn.data.dataset import Dataset
from qunlearn.data.prepared import Prepared
from qunlearn.data.requests.cut import ForgetSplit
from qunlearn.data.requests.request import without_rows


@dataclass(frozen=True)
class ForgetClient:
    """Forget every training sample of participant `client`, one of 0..n_clients-1.

    Who holds which row is `Prepared.clients`; where that is None, the rows are dealt out as
    `assign_clients` does with `alpha` and `seed`.
    """

    client: int
    n_clients: int
    alpha: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        require_at_least("clients", self.n_clients, 2)
        require(
            0 <= self.client < self.n_clients,
            f"there is no client {self.client}: with {self.n_clients} clients it must be one of 0 to "
            f"{self.n_clients - 1}",
        )

    def resolve(self, data: Dataset | Prepared) -> None:
        """None: any data can be dealt out."""

    def apply(self, prepared: Prepared) -> ForgetSplit:
        """Forget the client's samples; `InputError` where it has none left, or a class would have none."""
        if prepared.clients is None:
            clients = assign_clients(prepared.y_train, self.n_clients, alpha=self.alpha, seed=self.seed)
            prepared = replace(prepared, clients=clients)
        theirs = np.asarray(prepared.clients) == self.client
        require(theirs.any(), f"client {self.client} has no training samples left to forget")
        return without_rows(prepared, theirs, "client")
