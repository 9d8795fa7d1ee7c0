"""Files that a user names."""

from pathlib import Path

from qunlearn._errors import fail, require


def require_file(path: Path) -> None:
    """`path` must be a file that can be opened for reading."""
    require(path.exists(), f"file {path} does not exist")
    require(path.is_file(), f"{path} is not a file")
    try:
        path.open("rb").close()
    except OSError as error:
        fail(f"file {path} cannot be read: {error.strerror}")
