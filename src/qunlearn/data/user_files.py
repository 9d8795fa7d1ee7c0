"""Files that a user names, and what other libraries say when they cannot read them."""

from pathlib import Path

from qunlearn._errors import fail, require

LONGEST_REASON = 120


def require_file(path: Path) -> None:
    """`path` must be a file that can be opened for reading."""
    require(path.exists(), f"file {path} does not exist")
    require(path.is_file(), f"{path} is not a file")
    try:
        path.open("rb").close()
    except OSError as error:
        fail(f"file {path} cannot be read: {error.strerror}")


def one_line(error: Exception) -> str:
    """What another library says, to be quoted within our one sentence."""
    text = " ".join(str(error).split()).strip("<>. ")
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}…"
