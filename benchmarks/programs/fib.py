"""Recursive calls, and little else."""


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def main():
    return fib(17)


if __name__ == "__main__":
    print(main())
