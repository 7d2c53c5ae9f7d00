# Seed 004: three alarms ring in the order of their times: Sam, Bob, Andy (a twentieth of the seed's times).
import asyncio

async def sleepy_alarm(person, time):
    await asyncio.sleep(time / 20)
    print(f"{person} -- wake up!")

async def wake_up_gang():
    tasks = [
        asyncio.create_task(sleepy_alarm("Bob", 3), name="wake up Bob"),
        asyncio.create_task(sleepy_alarm("Andy", 4), name="wake up Andy"),
        asyncio.create_task(sleepy_alarm("Sam", 2), name="wake up Sam")
    ]
    await asyncio.gather(*tasks)

asyncio.run(wake_up_gang())
