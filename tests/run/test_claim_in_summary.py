"""What a run's record says of the tier that was reached."""

import logging

from qunlearn.methods.base.claim import Claim
from qunlearn.run import summary


def test_a_method_without_preconditions_adds_nothing():
    assert summary.claim(None) == {}


def test_a_tier_that_was_reached_is_recorded_quietly(caplog):
    with caplog.at_level(logging.WARNING, "qunlearn"):
        told = summary.claim(Claim("certified", True, {"epsilon": 2.0}, "ε = {epsilon:.1f}", ""))
    assert told["tier"] == "certified"
    assert told["claim"]["sentence"] == "certified: ε = 2.0"
    assert not caplog.records


def test_a_downgrade_is_recorded_and_said_aloud(caplog):
    with caplog.at_level(logging.WARNING, "qunlearn"):
        told = summary.claim(Claim("certified", False, {}, "", "no noise"))
    assert (told["tier"], told["claim"]["promised"]) == ("empirical", "certified")
    assert [r.message for r in caplog.records] == ["NOT certified, only empirical: no noise"]
