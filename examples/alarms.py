"""Three alarms are set for Bob, Andy and Sam, in this order: who wakes up first?

Run it with `lasti run examples/alarms.py`.  The tasks begin in the order in which they were created, each runs up to
its `await` and is suspended; each is resumed when its own time has come: Sam, Bob, Andy.  In all it takes as long as
the longest of them, not as long as their sum.
"""

import asyncio


async def sleepy_alarm(person, time):
    await asyncio.sleep(time)
    print(f"{person} -- wake up!")


async def wake_up_gang():
    tasks = [
        asyncio.create_task(sleepy_alarm("Bob", 0.3), name="wake up Bob"),
        asyncio.create_task(sleepy_alarm("Andy", 0.4), name="wake up Andy"),
        asyncio.create_task(sleepy_alarm("Sam", 0.2), name="wake up Sam"),
    ]
    await asyncio.gather(*tasks)


asyncio.run(wake_up_gang())
