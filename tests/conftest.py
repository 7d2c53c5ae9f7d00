"""Settings for the whole test suite."""

from __future__ import annotations

import signal

from hypothesis import settings

# A shell starts background jobs with Ctrl-C ignored, and the programs that the tests start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples on every run: a failure is the change's doing, not chance's.  No deadline: machines differ.
settings.register_profile("lasti", derandomize=True, deadline=None, database=None)
settings.load_profile("lasti")
