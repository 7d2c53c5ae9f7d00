# Constants of every kind: ellipsis, complex, bytes, big ints, nested tuples, frozen sets of `in`.
print(..., 1j * 1j, 1e100, 0x_ff, 0b11, 0o17, 10**30, b"\x00", (1, (2, (3,))))
x = 2
print(x in {1, 2, 3}, x in [1, 5], x in (2,))
print(-0.0, float("inf"), float("nan") != float("nan"))
