"""Signed deletion records: who holds one can check, offline, what was run and measured for a request."""

from qunlearn.record.issue import (
    RECORD,
    certify,
    check_chain,
    check_order,
    check_record,
    differences,
    leaves_of_run,
    subjects_that_differ,
)
from qunlearn.record.signing_keys import new_key, read_public

__all__ = [
    "RECORD",
    "certify",
    "check_chain",
    "check_order",
    "check_record",
    "differences",
    "leaves_of_run",
    "new_key",
    "read_public",
    "subjects_that_differ",
]
