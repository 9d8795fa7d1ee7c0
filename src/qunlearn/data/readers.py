"""File formats: a CSV or Parquet file to its named columns. One function and one line in `READERS` each."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from qunlearn._errors import fail, require
from qunlearn.data.user_files import one_line, require_file

if TYPE_CHECKING:
    import pyarrow as pa

Column: TypeAlias = tuple[str, "pa.ChunkedArray"]


def read_columns(path: Path) -> list[Column]:
    """Names and values of the columns of `path`, in order, or `InputError` where it cannot be read."""
    require_file(path)
    read = READERS.get(kind_of(path))
    if read is None:
        fail(f"file {path.name} must end in one of {', '.join(READERS)}")
    return read(path)


def kind_of(path: Path) -> str:
    """The ending that says how to read `path`, in small letters and without .gz."""
    return Path(path.name.lower().removesuffix(".gz")).suffix


def _read_csv(path: Path) -> list[Column]:
    """Every column as text, so that a stray word can be named by its row and changes no column's type."""
    import pyarrow as pa
    from pyarrow import csv

    gzipped = "gzip" if path.name.lower().endswith(".gz") else None
    try:
        with pa.input_stream(str(path), compression=gzipped) as stream:
            start = stream.read(1 << 16)
        header = _header(start, path)
        parse = csv.ParseOptions(delimiter=_delimiter(header, path), newlines_in_values=True)
        one_thread = csv.ReadOptions(use_threads=False)  # errors name the line only then
        with pa.input_stream(str(path), compression=gzipped) as stream:
            names = csv.open_csv(stream, read_options=one_thread, parse_options=parse).schema.names
        as_text = csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
        )
        with pa.input_stream(str(path), compression=gzipped) as stream:
            table = csv.read_csv(
                stream, read_options=one_thread, parse_options=parse, convert_options=as_text
            )
    except (pa.ArrowInvalid, UnicodeDecodeError, OSError) as error:
        if "UTF8" in str(error) or isinstance(error, UnicodeDecodeError):
            fail(f"file {path.name} is not encoded as UTF-8: save it as UTF-8")
        _refuse_unreadable(path, "CSV", error)
    return list(zip(table.column_names, table.columns, strict=True))


def _header(start: bytes, path: Path) -> str:
    """The first line with something in it, of the first bytes of a file."""
    utf16 = start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in start[:64]
    require(not utf16, f"file {path.name} is not encoded as UTF-8: save it as UTF-8")
    text = start.decode("utf-8-sig", errors="replace").lstrip("\r\n")
    require(text.strip(), f"file {path.name} is empty")
    return text.splitlines()[0]


def _delimiter(header: str, path: Path) -> str:
    """The separator that stands most often in the header outside quotes; of equals, what the ending says."""
    bare = re.sub(r'"[^"]*"', "", header)
    tab_first = kind_of(path) == ".tsv"
    return max("\t,;" if tab_first else ",;\t", key=bare.count)


def _read_parquet(path: Path) -> list[Column]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        _refuse_unreadable(path, "Parquet", error)
    pairs = zip(table.column_names, table.columns, strict=True)
    # pandas stores a non-trivial index as a column of this name: a row's number is not a feature.
    return [(n, c) for n, c in pairs if not n.startswith("__index_level_")]


def _refuse_unreadable(path: Path, kind: str, error: Exception) -> NoReturn:
    fail(f"file {path.name} cannot be read as {kind}: {one_line(error)}")


TEXT_KINDS = (".csv", ".tsv", ".txt")
"""Files whose first line holds the names."""

READERS: Mapping[str, Callable[[Path], list[Column]]] = MappingProxyType(
    {
        ".csv": _read_csv,
        ".tsv": _read_csv,
        ".txt": _read_csv,
        ".parquet": _read_parquet,
        ".pq": _read_parquet,
    }
)
