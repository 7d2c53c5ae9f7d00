import circular_a
tag = "b"
def value(): return circular_a.value() + "!"
