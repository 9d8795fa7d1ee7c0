"""The table of settings as flags of a command, and flags as settings."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import typer

from qunlearn._errors import require
from qunlearn.run.flags import FLAGS, Flag

PANELS = tuple(dict.fromkeys(flag.panel for flag in FLAGS))


def with_flags(panels: Iterable[str] = PANELS) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add the flags of `panels` to a typer command, which gets those that were given as the dictionary
    `flags`.
    """
    flags = [flag for flag in FLAGS if flag.panel in panels]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "flags"]
        parameters = sorted([*map(_parameter, flags), *own], key=lambda p: p.kind)

        def wrapped(**values: Any) -> None:
            given = {flag.key: flag.parse(values.pop(_name(flag))) for flag in flags}
            command(flags={k: v for k, v in given.items() if v is not None}, **values)

        wrapped.__name__, wrapped.__doc__ = command.__name__, command.__doc__
        wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapped.__annotations__ = {p.name: p.annotation for p in parameters}
        return wrapped

    return decorate


def merge(base: Mapping[str, Any], flags: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the dotted keys of `flags` set."""
    merged = {k: dict(v) if isinstance(v, Mapping) else v for k, v in base.items()}
    for key, value in flags.items():
        section, _, name = key.rpartition(".")
        if section:
            table = merged.setdefault(section, {})
            require(
                isinstance(table, Mapping),
                f"`{section}` in the configuration must be a table, but is {table!r}",
            )
        (merged[section] if section else merged)[name] = value
    return merged


def _name(flag: Flag) -> str:
    return flag.name.replace("-", "_")


def _parameter(flag: Flag) -> inspect.Parameter:
    names = [f"--{flag.name}/--no-{flag.name}" if flag.kind is bool else f"--{flag.name}"]
    kind = list[str] if flag.repeated else str if flag.many else flag.kind
    option = typer.Option(*names, help=flag.help, rich_help_panel=flag.panel, show_default=False)
    return inspect.Parameter(
        _name(flag), inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )
