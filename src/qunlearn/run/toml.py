"""TOML in and out: configuration files and the `config.toml` of a run."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qunlearn._errors import fail, require


def read_toml(path: Path | str, remedy: str = "") -> dict[str, Any]:
    """The file as nested plain data; `InputError` (with `remedy`) when it is missing, unreadable or
    malformed.
    """
    path = Path(path)
    require(path.is_file(), f"there is no configuration file {path}{remedy}")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        fail(f"configuration file {path} cannot be read ({error.strerror}){remedy}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        fail(f"configuration file {path} is not valid TOML ({error}){remedy}")


def write_toml(data: Mapping[str, Any], table: str = "") -> str:
    """Nested plain data with identifiers as keys, as TOML: scalars first, then one table per mapping.

    Empty mappings are left out.
    """
    scalars = [f"{k} = {toml_value(v)}\n" for k, v in data.items() if not isinstance(v, Mapping)]
    head = f"\n[{table}]\n" if table and scalars else ""
    inner = [write_toml(v, f"{table}.{k}" if table else k) for k, v in data.items() if isinstance(v, Mapping)]
    return head + "".join(scalars + inner)


def toml_value(value: Any) -> str:
    """A bool, number, text or list as TOML spells it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'
    return repr(value)
