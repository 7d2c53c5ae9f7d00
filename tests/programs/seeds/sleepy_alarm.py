# Seed 004: asyncio.run gives back what the coroutine returns (sleeps a hundredth of the seed's time).
import asyncio

async def sleepy_alarm(time):
    await asyncio.sleep(time)
    return "wake up!"

alarm = asyncio.run(sleepy_alarm(0.05))
print(alarm)
