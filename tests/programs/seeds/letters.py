# Seed 004: a generator of letters in a for loop.
def letters():
    i = 97
    end = 97 + 26
    while i < end:
        yield chr(i)
        i += 1

for letter in letters():
    print(letter)
