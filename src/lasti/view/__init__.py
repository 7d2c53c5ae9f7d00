"""What a recording looks like: as text, as a page, in the terminal, as pictures, and as data for other programs.

A view reads a ``Timeline`` and never a running program.
"""
