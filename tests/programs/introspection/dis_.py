# dis shows the program's own bytecode, not the stand-in's.
import dis
def f(x):
    for i in x:
        print(i)
    return x
dis.dis(f)
print(f.__code__.co_consts, f.__code__.co_names, len(f.__code__.co_code) > 20)
print([i.opname for i in dis.get_instructions(f)][:4])
class C:
    def m(self): return self
dis.dis(C)
print(dis.code_info(f).splitlines()[0])
