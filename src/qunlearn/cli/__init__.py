"""The command line. Heavy modules are imported by the commands that need them."""

import sys

from qunlearn._errors import InputError


def main() -> None:
    """Entry point: bad input prints one sentence and exits with code 2."""
    from qunlearn.cli.app import app

    try:
        app()
    except InputError as error:
        print(f"qunlearn: {error}", file=sys.stderr)
        raise SystemExit(2) from None
