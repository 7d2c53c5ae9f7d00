# Comparison that does not return a bool, and the reflected one.
class C:
    def __lt__(self, o): return "lt"
    def __eq__(self, o): return "eq"
    def __gt__(self, o): return ["gt"]
class D: pass
print(C() < 1, C() == 1, D() < C(), C() != 2)
if C() < 3: print("truthy")
while C() > 3:
    print("loop")
    break
