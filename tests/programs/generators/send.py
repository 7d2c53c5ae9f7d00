# send: values go in where the yield stood.
def averager():
    total = count = 0
    average = None
    while True:
        value = yield average
        if value is None: return total
        total += value
        count += 1
        average = total / count
g = averager()
print(next(g), g.send(10), g.send(20), g.send(3))
try: g.send(None)
except StopIteration as e: print(e.value)
try: g.send(1)
except StopIteration as e: print("over", e.value)
try: averager().send(5)
except TypeError as e: print(e)
