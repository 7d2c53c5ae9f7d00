# An uncaught exception group with notes.
# since: 3.11
def f(n):
    e = ValueError(n)
    e.add_note(f"note {n}\nsecond line")
    raise e
errors = []
for i in range(2):
    try: f(i)
    except ValueError as e: errors.append(e)
raise ExceptionGroup("several", [*errors, ExceptionGroup("inner", [KeyError("k")])])
