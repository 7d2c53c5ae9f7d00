import circular_b
def value(): return "a" + circular_b.tag
