"""The machine: Python's evaluation loop, frames, functions and generators, written out in Python.

``with Machine(recorder) as machine: machine.exec(code, namespace)`` runs a module's code; ``Frame`` is one activation.

Source: CPython Python/ceval.c and Python/bytecodes.c, InternalDocs; https://docs.python.org/3/library/dis.html
"""

from .frame import Frame
from .interpreter import Machine

__all__ = ["Frame", "Machine"]
