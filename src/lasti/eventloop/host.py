"""What of asyncio's insides the loop stands on, in one place; none of it is typed, so all of it is Any.

These names are the same from 3.10 to 3.15.
"""

from __future__ import annotations

import asyncio.base_events
import asyncio.base_futures
import asyncio.base_tasks
import asyncio.events
import asyncio.format_helpers
import asyncio.tasks
import asyncio.unix_events
from typing import Any

base_events: Any = asyncio.base_events
base_futures: Any = asyncio.base_futures
base_tasks: Any = asyncio.base_tasks
events: Any = asyncio.events
format_helpers: Any = asyncio.format_helpers
tasks: Any = asyncio.tasks
unix_events: Any = asyncio.unix_events

BaseEventLoop: Any = asyncio.BaseEventLoop
SelectorEventLoop: Any = asyncio.SelectorEventLoop
Handle: Any = asyncio.Handle
TimerHandle: Any = asyncio.TimerHandle

# Renamed in 3.14, when policies were deprecated; it makes the loops of asyncio.run all the same.
default_policy: Any = getattr(unix_events, "_UnixDefaultEventLoopPolicy", None) or unix_events._DefaultEventLoopPolicy
