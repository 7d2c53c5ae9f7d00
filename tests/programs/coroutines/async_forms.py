# async def in classes, nested, as lambdas' bodies, with closures, defaults, decorators, staticmethod.
import asyncio, functools, inspect
def deco(f):
    @functools.wraps(f)
    async def wrapper(*a): return ("deco", await f(*a))
    return wrapper
class C:
    async def m(self, x=1): return x, __class__.__name__
    @staticmethod
    async def s(): return "s"
    @classmethod
    async def c(cls): return cls.__name__
    @deco
    async def d(self): return await self.m(5)
    async def __call__(self): return "called"
async def main():
    y = 3
    async def nested(): return y
    f = lambda: nested()
    print(await C().m(), await C.s(), await C.c(), await C().d(), await C()(), await f())
    print(inspect.iscoroutinefunction(C.m), inspect.iscoroutinefunction(f))
    print([await nested() for _ in range(2)], {await nested(): await C.s()})
asyncio.run(main())
