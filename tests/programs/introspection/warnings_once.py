# A warning is shown once for each place, however many functions are made and called in between.
import warnings


def warn_here(n):
    warnings.warn("same text", UserWarning)
    return [(lambda: index)() for index in range(n)]


for n in range(3):
    warn_here(n)

    def made_anew(a, *, b=n):
        warnings.warn("from a new function", UserWarning)

    made_anew(n)
print(len(warnings.filters) > 0)
with warnings.catch_warnings():
    warnings.simplefilter("error")
    try:
        warn_here(1)
    except UserWarning as error:
        print("raised", error)
warn_here(1)
