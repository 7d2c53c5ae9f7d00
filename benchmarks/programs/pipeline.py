"""A pipeline of generators: each value is handed through five frames."""


def numbers(stop):
    i = 0
    while i < stop:
        yield i
        i += 1


def squares(values):
    for value in values:
        yield value * value


def odd(values):
    for value in values:
        if value & 1:
            yield value


def running_sum(values):
    total = 0
    for value in values:
        total += value
        yield total


def delegating(values):
    return (yield from values)


def main():
    last = 0
    for value in delegating(running_sum(odd(squares(numbers(3_000))))):
        last = value
    return last


if __name__ == "__main__":
    print(main())
