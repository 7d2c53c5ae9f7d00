# A generator that is resumed by one thread after the other; one that two threads want at once.
import threading
def g():
    while True:
        value = yield threading.current_thread().name
        print("got", value)
it = g()
print(next(it))
def step(i): print(it.send(i))
for i in range(3):
    t = threading.Thread(target=step, args=(i,), name=f"worker-{i}")
    t.start(); t.join()
inside, leave = threading.Event(), threading.Event()
def slow():
    inside.set()
    leave.wait()
    yield "slow"
s = slow()
t = threading.Thread(target=lambda: print(next(s)))
t.start()
inside.wait()
try: next(s)
except ValueError as e: print(e)
leave.set(); t.join()
