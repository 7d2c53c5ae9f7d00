"""The pytest plugin: tests that are coroutines run on lasti's event loop, in virtual time and in any order.

``pytest --lasti`` runs every ``async def`` test so, ``@pytest.mark.lasti(clock="virtual", order="random:3")`` one of
them with settings of its own (``clock``, ``order``, ``net``, ``deadlock``, as for ``lasti run``; the command line has
``--lasti-order`` and the like for all).  A test that fails names the line that runs it again in the same order.  A test
that leaves tasks pending, or coroutines that nobody awaited, fails.

With pytest-asyncio the plugin only gives that its loops, so that fixtures and scopes stay as they are.  Nothing of the
event loop is imported before a test needs it.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from .eventloop.settings import Choices, Settings

OPTIONS = {"clock": "virtual", "order": "fifo", "net": "real", "deadlock": False}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--lasti`` and what goes with it."""
    group = parser.getgroup("lasti", "async tests on lasti's event loop")
    group.addoption("--lasti", action="store_true", help="run async tests on lasti's event loop")
    group.addoption("--lasti-clock", metavar="CLOCK", help="virtual (the default) or real")
    group.addoption("--lasti-order", metavar="ORDER", help="fifo, lifo, random:SEED, priority:SEED or replay:SCHEDULE")
    group.addoption("--lasti-net", metavar="NET", help="real, or simulated:latency=0.05,loss=0.01,...")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        "lasti(clock='virtual', order='fifo', net='real'): run an async test on lasti's event loop, set so",
    )


# -- which tests, and how -------------------------------------------------------------------------------------------


def settings_of(item: pytest.Item) -> Settings | None:
    """Return how a test is to run, None for one that is not to run on our loop; UsageError for what cannot be."""
    marker = item.get_closest_marker("lasti")
    config = item.config
    names = ("lasti_clock", "lasti_order", "lasti_net")
    given = {name[6:]: config.getoption(name) for name in names if config.getoption(name) is not None}
    if marker is None and not given and not config.getoption("lasti"):
        return None
    from .eventloop.settings import Settings

    wanted = {**OPTIONS, **(marker.kwargs if marker is not None else {}), **given}
    unknown = wanted.keys() - OPTIONS.keys()
    if unknown or (marker is not None and marker.args):
        raise pytest.UsageError(f"{item.nodeid}: the marker lasti takes {', '.join(OPTIONS)} by name")
    return Settings(**wanted)


def choices_of(item: pytest.Item) -> Choices | None:
    """Return a test's choices of clock, order and network, made once for it."""
    if not hasattr(item, "_lasti_choices"):
        settings = settings_of(item) if is_async(item) else None
        item._lasti_choices = None if settings is None else _choices(item, settings)  # type: ignore[attr-defined]
    found: Choices | None = item._lasti_choices  # type: ignore[attr-defined]
    return found


def _choices(item: pytest.Item, settings: Settings) -> Choices:
    from .errors import UsageError
    from .eventloop.settings import Choices

    try:
        return Choices(settings)
    except UsageError as error:
        raise pytest.UsageError(f"{item.nodeid}: {error}") from None


def is_async(item: pytest.Item) -> bool:
    """Tell whether a test is a coroutine function."""
    function = inspect.unwrap(getattr(item, "function", None) or (lambda: None))
    return inspect.iscoroutinefunction(function)


# -- running --------------------------------------------------------------------------------------------------------


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let whoever asks asyncio for a loop have ours, from the test's first fixture to its last."""
    choices = choices_of(item)
    if choices is None:
        yield
        return
    from .eventloop.running import installed

    with installed(choices.new_loop):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that leaves tasks pending, or coroutines that nobody awaited."""
    if not isinstance(item, pytest.Function) or choices_of(item) is None:
        return (yield)
    import gc
    import warnings

    left: list[str] = []
    item.obj = noting_tasks(item.obj, left)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        warnings.filterwarnings("always", "coroutine .* was never awaited", RuntimeWarning)
        result = yield
        gc.collect()
    for warning in caught:
        if "was never awaited" in str(warning.message):
            left.append(str(warning.message).splitlines()[0])
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if left:
        pytest.fail("the test left behind:\n" + "\n".join(f"  {each}" for each in left), pytrace=False)
    return result


def noting_tasks(test: Any, left: list[str]) -> Any:
    """Return the test function, which also notes in ``left`` the tasks that it made and that are pending at its end."""
    import asyncio
    import functools

    @functools.wraps(test)
    async def noting(*args: Any, **kwargs: Any) -> Any:
        before = asyncio.all_tasks()
        result = await test(*args, **kwargs)
        left.extend(f"pending: {task!r}" for task in asyncio.all_tasks() - before if not task.done())
        return result

    return noting


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an async test, unless pytest-asyncio or anyio does."""
    __tracebackhide__ = True
    if choices_of(pyfuncitem) is None or is_another_s(pyfuncitem):
        return None
    import asyncio

    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(pyfuncitem.obj(**arguments))
    return True


def is_another_s(item: pytest.Item) -> bool:
    """Tell whether another plugin runs an async test."""
    plugins = item.config.pluginmanager
    return any(plugins.hasplugin(name) and item.get_closest_marker(name) is not None for name in ("asyncio", "anyio"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Add to a failed test's report the line that runs it again."""
    outcome: Any = yield
    report = outcome.get_result()
    choices = getattr(item, "_lasti_choices", None)
    if report.when == "call" and report.failed and choices is not None:
        report.sections.append(("lasti", _again(item, choices)))


def _again(item: pytest.Item, choices: Choices) -> str:
    import shlex

    settings = choices.settings
    words = ["--lasti", "--lasti-clock", settings.clock]
    if choices.order is not None:
        words += ["--lasti-order", f"replay:{choices.order.schedule()}"]
    if settings.net != "real":
        words += ["--lasti-net", settings.net]
    return f"this run again:\npytest {shlex.join([*words, item.nodeid])}"
