# Seed 003: run_until_complete is given None, for native_coroutine lacks async.
# until: 3.13
import warnings
warnings.simplefilter("ignore")  # 3.12 and 3.13 warn that there is no current event loop
import asyncio


def native_coroutine():
    print('네이티브 코루틴 호출')


loop = asyncio.get_event_loop()
loop.run_until_complete(native_coroutine())
loop.close()
