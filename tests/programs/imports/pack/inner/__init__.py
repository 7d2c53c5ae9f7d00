NAME = "inner"
from . import mod_b
