# A long chain of awaits: values down, errors up, finally on the way.
import asyncio
async def level(n, log):
    try:
        if n == 0: await asyncio.sleep(0); return "bottom"
        if n == -1: raise ValueError("deep")
        return await level(n - 1, log)
    finally: log.append(n)
async def fails(n, log):
    if n == 0: raise KeyError("leaf")
    try: await fails(n - 1, log)
    except KeyError as e: log.append((n, len(e.args))); raise
async def main():
    log = []
    print(await level(5, log), log)
    log = []
    try: await fails(3, log)
    except KeyError as e: print(repr(e), log)
    print(await level(200, []))
asyncio.run(main())
