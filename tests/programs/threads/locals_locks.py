# threading.local, locks, conditions, barriers, semaphores, timers, thread-local recursion, a pool.
import queue, threading
from concurrent.futures import ThreadPoolExecutor
local = threading.local()
local.x = "main"
def f(n):
    local.x = n
    return [local.x for _ in range(3)]
with ThreadPoolExecutor(3) as pool:
    print(list(pool.map(f, range(5))), local.x)
    try: pool.submit(lambda: 1 // 0).result()
    except ZeroDivisionError as e: print(e)
count, lock = 0, threading.Lock()
def add():
    global count
    for _ in range(200):
        with lock: count += 1
threads = [threading.Thread(target=add) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print(count)
q, out = queue.Queue(), []
def consumer():
    while (item := q.get()) is not None: out.append(item * 2)
t = threading.Thread(target=consumer); t.start()
for i in range(5): q.put(i)
q.put(None); t.join()
print(out)
cond, ready = threading.Condition(), []
def waiter():
    with cond: cond.wait_for(lambda: ready); print("notified", ready)
t = threading.Thread(target=waiter); t.start()
with cond: ready.append(1); cond.notify_all()
t.join()
class Local(threading.local):
    def __init__(self): self.made = threading.current_thread().name
loc = Local()
t = threading.Thread(target=lambda: print(loc.made), name="other"); t.start(); t.join()
print(loc.made)
