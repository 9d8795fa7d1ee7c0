"""Names that methods had before: still taken where a method is named, and read in records."""

FORMER_NAMES = {"gold_matched": "gauss_newton_replay"}


def current_name(method: str) -> str:
    """The present name of a method; any other text as it is."""
    return FORMER_NAMES.get(method, method)


def under_current_names(text: str) -> str:
    """The text of a record with methods under their present names."""
    for former, current in FORMER_NAMES.items():
        text = text.replace(former, current)
    return text
