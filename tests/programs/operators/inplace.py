# Every augmented assignment, on numbers and on a list that stays the same object.
x = 100
x += 7; print(x)
x -= 3; print(x)
x *= 2; print(x)
x //= 3; print(x)
x %= 50; print(x)
x **= 2; print(x)
x <<= 2; print(x)
x >>= 1; print(x)
x &= 0xFFF; print(x)
x |= 1; print(x)
x ^= 3; print(x)
x /= 4; print(x)
items = [1]
same = items
items += [2]
items *= 2
print(items, same is items)
