# An exception whose __class__ and attributes are its own business is raised, handled and chained by what it is.
class Lying(Exception):
    asked = []

    def __getattribute__(self, name):
        Lying.asked.append(name)
        return object.__getattribute__(self, name)

    @property
    def __class__(self):
        Lying.asked.append("property")
        return StopIteration


class Manager:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        print(kind.__name__, traceback is not None)
        return True


def generator():
    try:
        yield 1
    except GeneratorExit:
        raise
    raise Lying("from the generator")


with Manager():
    raise Lying(1)
g = generator()
next(g)
try:
    next(g)
except Lying as error:
    print("caught")
try:
    try:
        raise Lying(2)
    finally:
        print("finally")
except (KeyError, Lying):
    print("caught")
g = generator()
next(g)
try:
    g.throw(Lying(3))
except Lying:
    print("thrown")
print(Lying.asked)
