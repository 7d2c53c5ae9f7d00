# Exception classes with their own __init__, __str__, __eq__; hierarchies and order of clauses.
class Base(Exception):
    def __init__(self, code, **kw): super().__init__(code); self.code, self.kw = code, kw
    def __str__(self): return f"<{self.code} {self.kw}>"
class Child(Base): pass
for e in (Child(1, a=2), Base(3), ValueError("v")):
    try: raise e
    except Child as c: print("child", c)
    except Base as b: print("base", b, b.code)
    except Exception as x: print("other", x)
kinds = (KeyError, IndexError)
try: [][1]
except kinds as e: print(type(e).__mro__[1].__name__, isinstance(e, LookupError))
def dynamic(): print("evaluated"); return ZeroDivisionError
try: 1 / 0
except dynamic() as e: print(e)
try: pass
except undefined_name: pass
print("never evaluated")
