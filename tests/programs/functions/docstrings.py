# Docstrings of functions, classes, methods, modules, properties; help's text.
def f():
    """Doc of f.

    More."""
class C:
    "Doc of C"
    def m(self):
        """Doc of m"""
    @property
    def p(self): "doc of p"
def g(): pass
print(f.__doc__, C.__doc__, C.m.__doc__, C.p.__doc__, g.__doc__, __doc__)
import pydoc
print(pydoc.plain(pydoc.render_doc(f)).splitlines()[-4:])
