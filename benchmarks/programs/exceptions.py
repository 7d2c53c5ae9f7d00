"""Exceptions raised and caught in a loop, some in a frame further down, with finally and with."""


class Refused(Exception):
    pass


class Ignoring:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        return kind is KeyError


def check(i):
    if i % 3 == 0:
        raise Refused(i)
    return i


def main():
    total = 0
    table = {1: 1}
    for i in range(1_500):
        try:
            total += check(i)
        except Refused as refused:
            total -= refused.args[0]
        finally:
            total += 1
        with Ignoring():
            total += table[i]
    return total


if __name__ == "__main__":
    print(main())
