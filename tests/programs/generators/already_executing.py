# A generator that resumes, throws into or closes itself.
def g():
    for act in (lambda: next(me), lambda: me.send(1), lambda: me.throw(KeyError), lambda: me.close()):
        try: act()
        except ValueError as e: print(e)
    yield "alive"
me = g()
print(next(me))
def h(): yield from me2
me2 = h()
try: next(me2)
except ValueError as e: print(e)
