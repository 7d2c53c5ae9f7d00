# String methods and the printf way, through the machine's calls.
print("a,b,c".split(","), "-".join(["x", "y"]), "Hello".swapcase(), "abc".find("c"), "x".center(5, "*"))
print("%s %d %05.2f %r %%" % ("s", 3, 2.5, "r"), "{0} {name!r:>5}".format(1, name="n"))
print("abc"[1], "abc"[::-1], "abc" * 2, len("한국어"), "한국어".encode())
print(b"ab" + b"c", bytes([1, 2]), bytearray(b"x") * 2)
