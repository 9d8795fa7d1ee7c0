"""qunlearn: train variational quantum classifiers, unlearn data, and measure closeness to retraining.

The public names are those of `__init__.pyi`. They are imported when they are first used, so `import qunlearn`
costs nothing.
"""

import lazy_loader as _lazy

# The first import of a submodule sets its name here. With these two imported before, `qunlearn.audit` and
# `qunlearn.run` are, and stay, functions; `from qunlearn.run.config import ...` still finds the package.
import qunlearn.audit
import qunlearn.run  # noqa: F401
from qunlearn._api import audit as audit
from qunlearn._api import run as run
from qunlearn._version import __version__ as __version__

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
