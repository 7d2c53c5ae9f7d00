# Exceptions through several frames, with finally in each, caught at the top.
def a(log):
    try: b(log)
    finally: log.append("a")
def b(log):
    try: c(log)
    except KeyError: log.append("not here")
    finally: log.append("b")
def c(log):
    with M(log): d(log)
def d(log):
    for i in range(3):
        try:
            if i == 1: raise ValueError("deep")
        finally: log.append(f"d{i}")
class M:
    def __init__(self, log): self.log = log
    def __enter__(self): pass
    def __exit__(self, *e): self.log.append(repr(e[1]))
log = []
try: a(log)
except ValueError as e:
    print(e, log)
    tb, names = e.__traceback__, []
    while tb: names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno)); tb = tb.tb_next
    print(names)
