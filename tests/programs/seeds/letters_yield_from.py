# Seed 004: yield from a generator function that takes no arguments, and is given two.
def gen_letters():
    i = 97
    end = 97 + 26
    while i < end:
        yield chr(i)
        i += 1

def letters(upper):
    if upper:
        yield from gen_letters(65, 26)
    else:
        yield from gen_letters(97, 26)

for letter in letters(True):
    print(letter)

for letter in letters(False):
    print(letter)
