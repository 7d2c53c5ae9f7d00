# What unsupported operands say.
def trial(f):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
trial(lambda: 1 + "a")
trial(lambda: "a" - 1)
trial(lambda: 1 < "a")
trial(lambda: -"a")
trial(lambda: 1 in 2)
trial(lambda: 1 / 0)
trial(lambda: None[0])
trial(lambda: [1][5])
trial(lambda: {}["k"])
trial(lambda: 2 ** "x")
trial(lambda: [] + ())
trial(lambda: "%d" % "x")
