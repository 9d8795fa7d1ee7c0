"""Signed deletion records: who holds one can check, offline, what was run and measured for a request."""

from qunlearn.report.certificate.keys import new_key, read_public
from qunlearn.report.certificate.record import (
    RECORD,
    certify,
    check_chain,
    check_order,
    check_record,
    differences,
    leaves,
    subjects_that_differ,
)

__all__ = [
    "RECORD",
    "certify",
    "check_chain",
    "check_order",
    "check_record",
    "differences",
    "leaves",
    "new_key",
    "read_public",
    "subjects_that_differ",
]
