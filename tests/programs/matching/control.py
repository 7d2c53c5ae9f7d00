# match in loops and functions: break, continue, return, exceptions in subjects and guards.
def f(items):
    for i in items:
        match i:
            case 0: continue
            case 9: break
            case n if n > 5: return n
        print("after", i)
    return "end"
print(f([0, 1, 9, 2]), f([0, 7, 1]))
class Noisy:
    def __eq__(self, o): raise ValueError("eq")
try:
    match Noisy():
        case 1: pass
except ValueError as e: print(e)
def sub():
    print("subject once")
    return 3
match sub():
    case 1: pass
    case 2: pass
    case 3: print("three")
