# Classes whose metaclass cannot be hashed or compared are iterated, awaited, called and raised like others.
import asyncio


class Meta(type):
    __hash__ = None

    def __eq__(cls, other):
        raise AssertionError("nobody asks which class this is")


class Words(metaclass=Meta):
    def __iter__(self):
        return iter("ab")

    def __next__(self):
        raise StopIteration(3)

    def __call__(self, *args):
        return args

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return "awaited"

    async def __aenter__(self):
        return "entered"

    def __aexit__(self, *details):
        return Words()


class Sequence(list, metaclass=Meta):
    pass


class Error(Exception, metaclass=Meta):
    pass


def delegating():
    yield from Words()
    return next(Words(), "over")


async def main():
    print(await Words())
    async with Words() as entered:
        print(entered)


words = Words()
print([*words], [each for each in words], words(1, 2), list(delegating()), type(words) is Words)
sequence = Sequence()
sequence.append(1)
add = sequence.append
add(2)
print(sequence, len(sequence), sorted(sequence, reverse=True), *sequence)
asyncio.run(main())
try:
    raise Error("caught")
except (KeyError, Error) as error:
    print(error)
try:
    words.missing
except AttributeError as error:
    print(error)
for method in (Sequence.append, list.append):
    method(sequence, 3)
print(sequence)
