# Misuse of asyncio.run, and what await on the wrong thing says.
import asyncio
async def co(): return 1
async def nested():
    c = co()
    try: asyncio.run(c)
    except RuntimeError as e: print(e)
    c.close()
asyncio.run(nested())
async def bad_await():
    try: await 5
    except TypeError as e: print(e)
    try: await co
    except TypeError as e: print(e)
asyncio.run(bad_await())
async def exits(): raise SystemExit(4)
try: asyncio.run(exits())
except SystemExit as e: print("exit", e.code)
try: asyncio.run(5)
except (TypeError, ValueError) as e: print(type(e).__name__)
