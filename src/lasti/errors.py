"""The exceptions that lasti raises about itself; the program's own exceptions are never among them.

LastiError
+-- UsageError           a command or a call was given something that it cannot use (exit code 2)
+-- TraceFormatError     a trace file that cannot be read
+-- MachineError         a bug of the machine's: names the instruction, asks for a report
    +-- UnsupportedOpcode    an instruction that the machine does not know on this version
    +-- StackEffectError     an instruction changed the stack otherwise than it states (checked mode)
"""

from __future__ import annotations


class LastiError(Exception):
    """Base of everything that lasti raises about itself."""


class UsageError(LastiError):
    """What was asked for cannot be done as it was asked; the text says what to do."""


class TraceFormatError(LastiError):
    """A trace file cannot be read; the text names the file and says why."""


class MachineError(LastiError):
    """The machine itself failed (not the program): please report it with the text."""


class UnsupportedOpcode(MachineError):
    """The machine has no implementation of an instruction on this version of Python."""


class StackEffectError(MachineError):
    """An instruction's change of the value stack differs from the effect that it states."""
