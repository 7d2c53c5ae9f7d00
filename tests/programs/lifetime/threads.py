# Threads: each has its own stack, exception state and locals.
import sys, threading
out, lock = [], threading.Lock()
local = threading.local()
def names():
    f, found = sys._getframe(1), []
    while f: found.append(f.f_code.co_name); f = f.f_back
    return found
def work(n):
    local.n = n
    try: raise ValueError(n)
    except ValueError:
        with lock: out.append((n, repr(sys.exc_info()[1]), local.n, names()[0]))
ts = [threading.Thread(target=work, args=(i,), name=f"t{i}") for i in range(3)]
for t in ts: t.start()
for t in ts: t.join()
print(sorted(out))
e = threading.Event()
def waiter(): e.wait(); print("woken", threading.current_thread().name)
t = threading.Thread(target=waiter, name="w"); t.start(); e.set(); t.join()
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(2) as pool: print(list(pool.map(lambda v: v * v, range(4))), pool.submit(lambda: names()[0]).result())
def fails(): raise KeyError("in thread")
threading.excepthook = lambda a: print("excepthook", a.exc_type.__name__, a.exc_value, a.thread.name)
t = threading.Thread(target=fails, name="bad"); t.start(); t.join()
