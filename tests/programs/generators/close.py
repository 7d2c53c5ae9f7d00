# close: finally runs, GeneratorExit caught, yields in answer, value returned.
def g():
    try:
        yield 1
        yield 2
    except GeneratorExit: print("exit"); raise
    finally: print("finally")
a = g(); next(a); print(a.close(), list(a))
b = g(); print(b.close(), list(b))
def stubborn():
    try: yield
    except GeneratorExit: yield "no"
s = stubborn(); next(s)
try: s.close()
except RuntimeError as e: print(e)
def other():
    try: yield
    finally: 1 / 0
o = other(); next(o)
try: o.close()
except ZeroDivisionError as e: print(e)
a.close()
def quiet():
    try: yield
    except GeneratorExit: return
q = quiet(); next(q); q.close(); print("quiet")
