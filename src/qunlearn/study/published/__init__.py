"""Published experiments of others, repeated over seeds with our gold and intervals. One file each."""

from collections.abc import Mapping
from types import MappingProxyType

from qunlearn.study.published.chen_zhang import CHEN_ZHANG
from qunlearn.study.published.dew_p import DEW_P
from qunlearn.study.published.experiment import Experiment
from qunlearn.study.published.hqml import HQML
from qunlearn.study.published.run_experiment import reproduce_peer

PEERS: Mapping[str, Experiment] = MappingProxyType({e.id: e for e in (HQML, CHEN_ZHANG, DEW_P)})

__all__ = ["PEERS", "Experiment", "reproduce_peer"]
