# A recursion of many levels, within a raised limit.
import sys
sys.setrecursionlimit(30000)
def down(n): return 0 if n == 0 else 1 + down(n - 1)
print(down(5000), sys.getrecursionlimit())
def even(n): return True if n == 0 else odd(n - 1)
def odd(n): return False if n == 0 else even(n - 1)
print(even(3000))
class Node:
    def __init__(self, n): self.child = Node(n - 1) if n else None
n, depth = Node(300), 0
while n: n, depth = n.child, depth + 1
print(depth)
