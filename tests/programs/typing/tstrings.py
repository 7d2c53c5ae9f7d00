# Template strings (PEP 750).
# since: 3.14
name, n = "lasti", 3.14159
t = t"hello {name!r} {n:.2f} {name + '!' = } end"
print(t.strings, t.values)
for i in t.interpolations: print(i.value, i.expression, i.conversion, i.format_spec)
print(type(t).__name__, (t"a" + t"b").strings, t"{n}{name}".strings, list(t"x{1}y"))
