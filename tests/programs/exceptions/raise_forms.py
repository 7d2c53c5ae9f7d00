# What can be raised, and what cannot.
class E(Exception):
    def __init__(self, *a): super().__init__(*a); self.made = True
class Bad(Exception):
    def __new__(cls): return 5
for thing in (E, E(1, 2), ValueError, "text", 5, None, int, Bad, BaseException):
    try: raise thing
    except BaseException as e: print(type(e).__name__, e, getattr(e, "made", "-"))
try:
    try: 1 / 0
    except 5: pass
except TypeError as e: print(e)
try:
    try: 1 / 0
    except (ValueError, "x"): pass
except TypeError as e: print(e)
assert True, "fine"
try: assert 1 == 2, f"message {1 + 1}"
except AssertionError as e: print(repr(e))
try: assert []
except AssertionError as e: print(repr(e))
