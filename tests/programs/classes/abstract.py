# abc: abstract methods, registered classes, abstract properties.
from abc import ABC, abstractmethod
class Shape(ABC):
    @abstractmethod
    def area(self): ...
    @property
    @abstractmethod
    def name(self): ...
    def describe(self): return f"{self.name} {self.area()}"
try: Shape()
except TypeError as e: print(type(e).__name__)
class Square(Shape):
    def __init__(self, s): self.s = s
    def area(self): return self.s**2
    @property
    def name(self): return "square"
print(Square(3).describe(), isinstance(Square(1), Shape))
class Other: pass
Shape.register(Other)
print(isinstance(Other(), Shape), Square.__abstractmethods__)
