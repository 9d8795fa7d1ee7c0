"""Every function of the package is shape- and type-checked while the tests run (jaxtyping + beartype)."""

from jaxtyping import install_import_hook

_hook = install_import_hook("qunlearn", "typechecker.check")
