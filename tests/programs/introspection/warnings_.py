# warnings.warn: stacklevel finds the program's frames; filters, catch_warnings, the once registry.
import sys, warnings
def deep(level): warnings.warn("deep", stacklevel=level)
def caller(level): deep(level)
for level in (1, 2, 3):
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        caller(level)
        print(level, w[0].lineno, w[0].filename == __file__, w[0].category.__name__, w[0].message)
with warnings.catch_warnings():
    warnings.simplefilter("error")
    try: deep(1)
    except UserWarning as e: print("error", e)
sys.stdout.flush()
for _ in range(2):
    warnings.warn("shown once", DeprecationWarning)
deep(2)
try: warnings.warn("x", int)
except TypeError as e: print(type(e).__name__)
print(sorted(k[0] for k in __warningregistry__ if isinstance(k, tuple)))
