# Seed 001: a generator before its start, at its first yield, and after a value was sent to it.
def gen_fn():
    result = yield 1
    print('result of yield: {}'.format(result))
    result2 = yield 2
    print('result of 2nd yield: {}'.format(result2))
    return 'done'

gen = gen_fn()
print(type(gen))
print(gen.gi_code.co_name)
print(gen.gi_frame.f_lasti)
print(gen.send(None))
print(gen.gi_frame.f_lasti)
print(len(gen.gi_code.co_code))
print(gen.send('hello'))
try:
    gen.send('goodbye')
except StopIteration as stop:
    print(stop.value)
