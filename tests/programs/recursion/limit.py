# RecursionError at the limit, and life goes on after it.
def forever(n=0): return forever(n + 1)
for _ in range(2):
    try: forever()
    except RecursionError as e: print(str(e).startswith("maximum recursion depth exceeded"))
def counted():
    global n
    n += 1
    counted()
n = 0
try: counted()
except RecursionError: print(900 < n < 1001)
print("alive")
