from .mod_b import B
from . import NAME as _n
__all__ = ["public", "A"]
A = "A" + B
public = "public"
private = "private"
