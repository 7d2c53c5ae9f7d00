"""The native engine: CPython itself runs the program, and a small C extension records every instruction."""
