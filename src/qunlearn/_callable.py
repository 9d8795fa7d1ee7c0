"""Packages that can be called: `qunlearn.audit(...)` is its main function, `qunlearn.audit.measure`
still a module.
"""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


def make_callable(module: str, function: Callable[..., Any]) -> None:
    """Let the module of this name be called as `function`, whose help it then shows."""

    class CallableModule(ModuleType):
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

    CallableModule.__call__.__doc__ = function.__doc__
    sys.modules[module].__class__ = CallableModule
