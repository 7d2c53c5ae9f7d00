"""The record of a run: written as the program goes, read at any moment of it.

``recorder.TraceRecorder`` writes a trace, to a file or to memory; ``timeline.Timeline`` reads one:
``Timeline.state(n)`` is the whole state before step ``n`` (counted from 0).  ``docs/format.md`` describes the file.
"""
