"""SVG as small Python functions: escaped, deterministic, coloured by the page's CSS variables.

Charts are fluid: horizontal positions are per cent of the width, vertical ones are pixels, so that text
keeps its size on any screen. Curves are drawn in a `plane`, which stretches; text never is.
"""

from collections.abc import Iterable

from markupsafe import Markup, escape

PLANE_WIDTH = 1000


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """`<name ...>children</name>`; underscores in attribute names become hyphens, None leaves one out."""
    pairs = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    head = Markup("").join(Markup(' {}="{}"').format(key, value) for key, value in pairs if value is not None)
    body = Markup("").join(escape(child) for child in children)
    return Markup("<{}{}>{}</{}>").format(Markup(name), head, body, Markup(name))


def chart(
    name: str, title: str, description: str, height: float | int, *children: Markup, **attributes: object
) -> Markup:
    """A picture with an accessible name. `name` must be unique on the page: the ids are made of it."""
    ids = f"{name}-title", f"{name}-desc"
    return tag(
        "svg",
        tag("title", title, id=ids[0]),
        tag("desc", description, id=ids[1]),
        *children,
        class_="chart",
        role="img",
        aria_labelledby=" ".join(ids),
        height=number(height),
        **attributes,
    )


def file(title: str, description: str, style: str, size: tuple[int, int], *children: Markup) -> str:
    """A picture that is a file of its own; `style` is put in as it is: only constants of the code."""
    width, height = size
    svg = tag(
        "svg",
        tag("title", title),
        tag("desc", description),
        tag("style", Markup(style)),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
    )
    return str(svg) + "\n"


def plane(height: float | int, *children: Markup) -> Markup:
    """An area of `PLANE_WIDTH` x `height` units, stretched to the width of the chart."""
    return tag(
        "svg",
        *children,
        viewBox=f"0 0 {PLANE_WIDTH} {number(height)}",
        preserveAspectRatio="none",
        width="100%",
        height=number(height),
        aria_hidden="true",
    )


def polyline(points: Iterable[tuple[float, float]]) -> str:
    """Path data through `points`, the horizontal coordinate a fraction of the plane's width."""
    steps = (f"{number(PLANE_WIDTH * x)} {number(y)}" for x, y in points)
    return "M" + "L".join(steps)


def percent(fraction: float) -> str:
    """A position as per cent of the width."""
    return f"{number(100 * fraction, 2)}%"


def number(value: float | int, decimals: int = 1) -> str:
    """A coordinate, without trailing zeros."""
    return f"{round(float(value), decimals) + 0.0:g}" if abs(value) < 1e5 else f"{value:.0f}"
