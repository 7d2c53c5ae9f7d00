"""Three lines, and what they do to the value stack.

Record it with `lasti run -o value_stack.lasti examples/value_stack.py`, then look at
`lasti steps value_stack.lasti --function func`, a step a line: LOAD_CONST pushes 10, STORE_FAST takes it away and `x`
has it; at the addition 10 and 20 lie on the stack, then 30; the call takes `print` and 30 and leaves None.
`lasti dis examples/value_stack.py:func` shows the depth of the stack before each instruction without running it.
"""


def func():
    x = 10
    y = 20
    print(x + y)


func()
