"""Nested loops over ranges: arithmetic on locals."""


def main():
    total = 0
    for i in range(40):
        for j in range(40):
            for k in range(10):
                if (i ^ j) & 1:
                    total += i * j - k
                else:
                    total -= k
    return total


if __name__ == "__main__":
    print(main())
