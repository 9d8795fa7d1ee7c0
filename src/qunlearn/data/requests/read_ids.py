"""Ids of rows, from a list or a file."""

from collections.abc import Iterable
from pathlib import Path

from qunlearn._errors import fail, require
from qunlearn.data.readers import READERS, read_columns
from qunlearn.data.user_files import require_file

PLAIN = ".txt"  # may be a table elsewhere; ids stand in it one a line


def read_ids(source: str | Path, key: str | None = None) -> tuple[int, ...]:
    """Ids spelled as "3,17,20", or in a file.

    A text file holds one id a line, blank lines aside; a CSV or Parquet file holds them in its only column,
    or, where the data have a key of that name (`key`), in that column: ids that count rows say nothing about
    a file that was cut out of a table with a key. Raises `InputError` for a file that is missing or holds no
    ids, and for an id that is not a whole number.
    """
    text = str(source)
    items = [item.strip() for item in text.split(",")]
    if all(item.isdecimal() for item in items):
        return tuple(map(int, items))
    path = Path(text)
    require_file(path)
    if path.suffix.lower() not in READERS or path.suffix.lower() == PLAIN:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        return _whole((line.strip() for line in lines if line.strip()), path)
    columns = dict(read_columns(path))
    chosen = key if key in columns else next(iter(columns), "")
    if len(columns) > 1 and key is None:
        fail(
            f"{path} has the columns {', '.join(columns)}, and ids count the rows of the data from 0: keep "
            "one column of such ids, or say which column of the data they are values of (--id COLUMN)"
        )
    require(
        chosen == key or len(columns) == 1,
        f"{path} must hold the ids in a column `{key}`, but has the columns {', '.join(columns)}",
    )
    return _whole(map(str, columns[chosen].to_pylist()), path)


def _whole(items: Iterable[str], path: Path) -> tuple[int, ...]:
    found = []
    for number, item in enumerate(items, 1):
        if not item.isdecimal():
            fail(f"{path} must hold one id a line, a whole number >= 0, but entry {number} is {item!r}")
        found.append(int(item))
    require(found, f"{path} holds no ids")
    return tuple(found)
