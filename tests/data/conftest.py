"""Every refusal is one exact sentence."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from qunlearn._errors import InputError


@contextmanager
def _refused(message: str) -> Iterator[None]:
    with pytest.raises(InputError) as refusal:
        yield
    sentence = str(refusal.value)
    assert sentence == message
    assert "\n" not in sentence
    assert not sentence.endswith(".")


@pytest.fixture
def refused() -> Callable[[str], AbstractContextManager[None]]:
    """`with refused(message):` passes when the block is refused with exactly `message`, one sentence."""
    return _refused
