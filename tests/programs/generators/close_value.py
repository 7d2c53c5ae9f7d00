# close() returns what the generator returned.
# since: 3.13
def g():
    try: yield
    except GeneratorExit: return "value"
a = g(); next(a); print(a.close())
