# The alarms of the study notes: gather runs them in the order of their time.
import asyncio
async def sleepy_alarm(person, time):
    # Counted from one beginning: a computer that stops for a while between two tasks changes nothing in the order.
    loop = asyncio.get_running_loop()
    await asyncio.sleep(begin + time / 20 - loop.time())
    print(f"{person} -- wake up!")
    return person
async def wake_up_gang():
    global begin
    begin = asyncio.get_running_loop().time()
    tasks = [asyncio.create_task(sleepy_alarm("Bob", 3), name="wake up Bob"),
             asyncio.create_task(sleepy_alarm("Andy", 4), name="wake up Andy"),
             asyncio.create_task(sleepy_alarm("Sam", 2), name="wake up Sam")]
    print(await asyncio.gather(*tasks), [t.get_name() for t in tasks])
asyncio.run(wake_up_gang())
