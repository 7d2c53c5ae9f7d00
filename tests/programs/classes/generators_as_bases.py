# A generator, coroutine or async generator is no base for a class, and its type makes no instances.
def trial(what):
    try:
        what()
    except TypeError as error:
        print(type(error).__name__, error)


def generator():
    yield


async def coroutine():
    pass


async def async_generator():
    yield


def derive(base):
    class Derived(base):
        pass


def derive_with_keyword(base):
    class Derived(base, keyword=1):
        pass


for make in generator, coroutine, async_generator:
    made = make()
    trial(lambda: derive(made))
    trial(lambda: derive_with_keyword(made))
    trial(lambda: derive(type(made)))
    trial(lambda: type(made)())
    trial(lambda: type(made)(made, 1, keyword=2))
    trial(lambda: type(made).__new__(type(made)))
    trial(lambda: object.__new__(type(made)))
    if hasattr(made, "close"):
        made.close()
