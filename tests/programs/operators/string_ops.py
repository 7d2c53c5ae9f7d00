# String formatting and repetition operators, and str += in a loop.
s = ""
for i in range(5): s += str(i)
print(s, "ab" * 3, 2 * "x", "%s-%s" % (1, 2), "%(a)s" % {"a": 1}, "a" + "b", "abc" > "abd", "b" in s)
