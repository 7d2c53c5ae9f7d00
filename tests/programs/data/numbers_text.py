# int, float, complex from text and to text; rounding; big numbers.
print(int("0x1f", 16), int("-12"), float("1e3"), complex("1+2j"), round(2.5), round(1.25, 1), 7 // -2, -7 % 3)
print(2**100, (2**100).bit_length(), 1 / 3, 1e16, 1.0, -0.0, 10**15 + 0.5, hex(255), oct(8), bin(5))
for t in ("x", "", "1.5", None):
    try: int(t)
    except Exception as e: print(type(e).__name__, e)
