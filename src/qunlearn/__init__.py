"""qunlearn: train variational quantum classifiers, unlearn data, and measure closeness to retraining.

The public names are those of `__init__.pyi`. They are imported when they are first used, so `import qunlearn`
costs nothing.
"""

import lazy_loader as _lazy

# The first import of a submodule sets its name here. With these two imported before, `qunlearn.audit` and
# `qunlearn.run` are, and stay, functions; `from qunlearn.run.config import ...` still finds the package.
import qunlearn.audit as _audit
import qunlearn.run as _run
from qunlearn._api import audit as audit
from qunlearn._api import run as run
from qunlearn._version import __version__ as __version__

# `import qunlearn.run.config as c` goes through the name `run`: let the functions have their packages' names.
for _function, _package in ((audit, _audit), (run, _run)):
    vars(_package).update(vars(_function))
    _function.__dict__ = vars(_package)  # pyright: ignore[reportFunctionMemberAccess]

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
