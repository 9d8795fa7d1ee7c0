"""Downloads through scikit-learn, with one sentence when the network is missing."""

import warnings
from collections.abc import Callable
from http.client import HTTPException
from typing import Any

from qunlearn._errors import fail
from qunlearn.data.user_files import one_line


def download(dataset: str, fetch: Callable[[], Any], remedy: str) -> Any:
    """What `fetch` returns; `InputError` with `remedy` when nothing could be downloaded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # scikit-learn announces each retry
        try:
            return fetch()
        except (OSError, HTTPException) as error:
            reason = one_line(error)
    fail(f"dataset {dataset} could not be downloaded ({reason}): check the network, or {remedy}")
