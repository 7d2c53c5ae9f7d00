# One class with many protocols, used by statements in turn.
class R:
    def __init__(self): self.log = []
    def __enter__(self): self.log.append("enter"); return self
    def __exit__(self, *a): self.log.append("exit")
    def __iter__(self): self.log.append("iter"); return iter("ab")
    def __contains__(self, x): self.log.append("in"); return True
    def __len__(self): self.log.append("len"); return 0
    def __del__(self): print("del")
with R() as r:
    for x in r: r.log.append(x)
    1 in r
    if r: pass
    print(r.log)
del r
print("end")
