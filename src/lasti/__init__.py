"""lasti: Python's coroutine machine, open."""

__version__ = "0.1.0"
