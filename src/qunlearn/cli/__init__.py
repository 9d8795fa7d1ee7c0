"""The command line. Heavy modules are imported by the commands that need them."""

import os
import sys
import warnings
from typing import NoReturn

from qunlearn._cache import keep_compiled
from qunlearn._errors import InputError

GOES_ON = (
    "what is finished is kept: `qunlearn run ... --resume` goes on with it, and so does repeating "
    "`compare` or `reproduce`"
)


def main() -> None:
    """Entry point: bad input prints one sentence and exits with code 2, Ctrl-C with 130."""
    _keep_compiled()
    _one_thread_for_linear_algebra()
    import typer

    from qunlearn.cli.app import app

    usage_error: type[Exception] = typer.BadParameter.__mro__[1]  # typer may bring click along or import it
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False, prog_name="qunlearn")
    except InputError as error:
        _refuse(str(error))
    except usage_error as error:
        _refuse(_usage(error))
    except OSError as error:
        _refuse(_unusable(error))
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    if code == 130:
        print(f"qunlearn: stopped; {GOES_ON}", file=sys.stderr)
    if code:
        raise SystemExit(code)


def _keep_compiled() -> None:
    """Compiled programs are kept for the next command, without a word where that does not work.

    A process that has imported JAX before decides for itself.
    """
    if "jax" in sys.modules:
        return
    keep_compiled()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # XLA logs that a kept program is not for this machine
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache")


def _one_thread_for_linear_algebra() -> None:
    """Its matrices are small, and its threads wait by spinning: on a busy machine they hold each other up.

    A process that has loaded the library before decides for itself, and so does the variable where it is set.
    """
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _refuse(message: str) -> NoReturn:
    print(f"qunlearn: {' '.join(message.split())}", file=sys.stderr)
    raise SystemExit(2)


def _unusable(error: OSError) -> str:
    """What the system refuses (a file that may not be read, a full disk), as a sentence like all others."""
    name = error.filename2 or error.filename or "a file"
    return (
        f"{name} cannot be used ({error.strerror or error}): check its place, your rights and the free space"
    )


def _usage(error: object) -> str:
    """What is wrong with the command line, as a sentence like all others."""
    message: str = error.format_message()  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "qunlearn"
    return f"{message[:1].lower()}{message[1:].rstrip('.')}; see `{command} --help`"
