"""The machine: Python's evaluation loop, frames, functions and generators, written out in Python."""

from .frame import Frame
from .interpreter import Machine

__all__ = ["Frame", "Machine"]
