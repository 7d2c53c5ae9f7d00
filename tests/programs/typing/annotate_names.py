# What the functions are called that evaluate annotations.
# since: 3.14


def plain(a: int) -> str: ...


class Class:
    x: int

    def method(self, y: int): ...

    async def coroutine(self, y: int): ...

    def generic[T](self, z: T): ...

    def __private(self, y: int): ...


def outer():
    free = int

    def inner(z: free): ...

    class Local:
        q: free

    return inner, Local


inner, Local = outer()
for function in (plain, Class.method, Class.coroutine, Class.generic, Class._Class__private, inner, Class, Local):
    annotate = function.__annotate__
    print(annotate.__name__, annotate.__qualname__, annotate.__code__.co_qualname, annotate(1))
plain.__annotate__ = outer
print(outer.__qualname__)

type Alias[T: int = bool] = list[T]
print(Alias.evaluate_value.__qualname__, Alias.__type_params__[0].evaluate_bound.__qualname__)


def generic[T: (int, str) = int](): ...


parameter = generic.__type_params__[0]
print(parameter.evaluate_constraints.__qualname__, parameter.evaluate_default.__qualname__)
