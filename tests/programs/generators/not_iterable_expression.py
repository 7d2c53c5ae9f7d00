# A generator expression over what cannot be iterated over: from 3.15 the error arises before there is a generator.
import traceback


def squares(numbers):
    return (number**2 for number in numbers)


for wrong in (7, None):
    try:
        print(list(squares(wrong)))
    except TypeError as error:
        print(error, [entry.name for entry in traceback.extract_tb(error.__traceback__)])

print(list(squares([1, 2])))


async def later():
    try:
        return [number async for number in (number async for number in [1])]
    except TypeError as error:
        return str(error), [entry.name for entry in traceback.extract_tb(error.__traceback__)]


try:
    later().send(None)
except StopIteration as stop:
    print(stop.value)
