# Seed 003: the native coroutine, with async and a loop of its own.
import asyncio


async def native_coroutine():
    print('네이티브 코루틴 호출')


loop = asyncio.new_event_loop()
loop.run_until_complete(native_coroutine())
loop.close()
