# __import__ replaced by the program, and importlib.
import builtins, importlib
real = builtins.__import__
def noisy(name, *a, **k):
    if name == "colorsys": print("import", name, a[2:], a[3:] and a[3])
    return real(name, *a, **k)
builtins.__import__ = noisy
import colorsys
from colorsys import rgb_to_hsv
builtins.__import__ = real
print(importlib.import_module("json").__name__, __import__("os").__name__)
