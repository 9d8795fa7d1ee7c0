"""Unlearning methods, one file each, and their table. What they share is in `qunlearn.methods.base`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from qunlearn.methods.adversarial_uniform import AdversarialUniform
from qunlearn.methods.bad_teacher import BadTeacher
from qunlearn.methods.cf_k import CFk
from qunlearn.methods.complement_label import ComplementLabel
from qunlearn.methods.constrained import Constrained
from qunlearn.methods.distribution_guided import DistributionGuided
from qunlearn.methods.entanglement_pruning import EntanglementPruning
from qunlearn.methods.eu_k import EUk
from qunlearn.methods.fed_eraser import FedEraser
from qunlearn.methods.finetune import Finetune
from qunlearn.methods.fisher_ewc_ascent import FisherEWCAscent
from qunlearn.methods.fisher_forgetting import FisherForgetting
from qunlearn.methods.gauss_newton_replay import GaussNewtonReplay
from qunlearn.methods.gradient_ascent import GradientAscent
from qunlearn.methods.influence_newton import InfluenceNewton
from qunlearn.methods.kernel_removal import KernelRemoval
from qunlearn.methods.natural_gradient import NaturalGradient
from qunlearn.methods.neggrad_plus import NegGradPlus
from qunlearn.methods.noisy_finetune import NoisyFinetune
from qunlearn.methods.random_label import RandomLabel
from qunlearn.methods.retrain import Retrain
from qunlearn.methods.salun import SalUn
from qunlearn.methods.scrub import Scrub
from qunlearn.methods.sensitivity_noise import SensitivityNoise
from qunlearn.methods.similar_label import SimilarLabel
from qunlearn.methods.sisa import SISA
from qunlearn.methods.ssd import SSD

METHODS: Mapping[str, type[Any]] = MappingProxyType(
    {
        m.id: m
        for m in (
            AdversarialUniform,
            BadTeacher,
            CFk,
            ComplementLabel,
            Constrained,
            DistributionGuided,
            EntanglementPruning,
            EUk,
            FedEraser,
            Finetune,
            FisherEWCAscent,
            FisherForgetting,
            GaussNewtonReplay,
            GradientAscent,
            InfluenceNewton,
            KernelRemoval,
            NaturalGradient,
            NegGradPlus,
            NoisyFinetune,
            RandomLabel,
            Retrain,
            SalUn,
            Scrub,
            SensitivityNoise,
            SimilarLabel,
            SISA,
            SSD,
        )
    }
)
