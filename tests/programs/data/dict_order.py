# The order in which keys and values of a display are evaluated.
def say(x):
    print("say", x)
    return x
d = {say("k1"): say("v1"), say("k2"): say("v2")}
print(d)
d[say("k3")] = say("v3")
print(list(d.items()))
