"""Method calls: attributes, inheritance, super(), a property, keyword arguments."""


class Shape:
    def __init__(self, name):
        self.name = name

    def area(self):
        return 0

    def scaled(self, factor=1, *, offset=0):
        return self.area() * factor + offset


class Rectangle(Shape):
    def __init__(self, width, height):
        super().__init__("rectangle")
        self.width = width
        self.height = height

    def area(self):
        return self.width * self.height


class Square(Rectangle):
    def __init__(self, side):
        super().__init__(side, side)

    @property
    def side(self):
        return self.width


def main():
    total = 0
    for i in range(1_200):
        square = Square(i)
        total += square.scaled(2, offset=1) + square.side + square.area()
    return total


if __name__ == "__main__":
    print(main())
