"""Label-complement augmentation (LCA): every wrong label is as good as any other."""

from typing import ClassVar

from qunlearn.methods.base.method import method
from qunlearn.methods.base.relabel import Relabel


@method
class ComplementLabel(Relabel):
    """Minimise CE(retain) + β · mean over the wrong labels k ≠ y of CE(forget, k).

    The forget term is smallest, log(K − 1), where p(y|x) = 0 and the other classes are equally likely. Its
    source copies every forget sample once for each wrong label; the mean over them is the same, without the
    noise of drawing the copies.
    """

    id: ClassVar[str] = "complement_label"
    source: ClassVar[str] = "LCA of Crivoi & Ionescu, arXiv 2512.19253"
