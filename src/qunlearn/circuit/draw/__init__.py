"""Circuits as text and as a picture, and the fused program as a list of steps; no plotting library needed."""

from qunlearn.circuit.draw.as_steps import fused_text
from qunlearn.circuit.draw.as_svg import picture, svg
from qunlearn.circuit.draw.as_text import text

__all__ = ["fused_text", "picture", "svg", "text"]
