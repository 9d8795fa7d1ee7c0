"""Published experiments of others, repeated over seeds with our gold and intervals. One file each."""

from collections.abc import Mapping
from types import MappingProxyType

from qunlearn.study.peers.chen_zhang import CHEN_ZHANG
from qunlearn.study.peers.dew_p import DEW_P
from qunlearn.study.peers.experiment import Experiment
from qunlearn.study.peers.hqml import HQML
from qunlearn.study.peers.run import reproduce_peer

PEERS: Mapping[str, Experiment] = MappingProxyType({e.id: e for e in (HQML, CHEN_ZHANG, DEW_P)})

__all__ = ["PEERS", "Experiment", "reproduce_peer"]
