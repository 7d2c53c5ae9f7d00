# The alarms of the study notes: gather runs them in the order of their time.
import asyncio
async def sleepy_alarm(person, time):
    await asyncio.sleep(time / 50)
    print(f"{person} -- wake up!")
    return person
async def wake_up_gang():
    tasks = [asyncio.create_task(sleepy_alarm("Bob", 3), name="wake up Bob"),
             asyncio.create_task(sleepy_alarm("Andy", 4), name="wake up Andy"),
             asyncio.create_task(sleepy_alarm("Sam", 2), name="wake up Sam")]
    print(await asyncio.gather(*tasks), [t.get_name() for t in tasks])
asyncio.run(wake_up_gang())
