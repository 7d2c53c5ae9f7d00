# Functions that run for the first time when the interpreter takes itself apart.
# watch: *
import asyncio


async def main():
    process = await asyncio.create_subprocess_exec("echo", "hi", stdout=-1)
    print(await process.communicate())


asyncio.run(main())
