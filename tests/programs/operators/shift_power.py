# Shifts and powers: negatives, modular powers, errors.
print(1 << 70, -1 >> 3, pow(3, 4, 5), pow(2, -1), (-8) ** (1 / 3))
for f in (lambda: 1 << -1, lambda: 0**-1, lambda: "a" << 1, lambda: pow(2, 3, 0)):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
