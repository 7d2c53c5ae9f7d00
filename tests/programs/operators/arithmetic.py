# Every binary operator on numbers.
a, b = 17, 5
print(a + b, a - b, a * b, a / b, a // b, a % b, a**b, a << b, a >> b, a & b, a | b, a ^ b)
print(-7 // 2, -7 % 2, 7.5 // 2, divmod(-7, 3), 2**-1, (-2) ** 3, 10**20)
