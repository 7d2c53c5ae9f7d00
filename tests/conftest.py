"""Settings for the whole test suite."""

from __future__ import annotations

from hypothesis import settings

# The same examples on every run: a failure is the change's doing, not chance's.  No deadline: machines differ.
settings.register_profile("lasti", derandomize=True, deadline=None, database=None)
settings.load_profile("lasti")
