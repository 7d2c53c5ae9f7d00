"""Coroutines that hand a ball to each other through an awaitable, driven by a loop of a few lines."""


class Serve:
    """Give the ball to the driver, and wait for it to come back."""

    def __init__(self, ball):
        self.ball = ball

    def __await__(self):
        return (yield self.ball)


async def hit(ball):
    return await Serve(ball + 1)


async def player(hits):
    ball = await Serve(0)
    for _ in range(hits):
        ball = await hit(ball)
    return ball


def main():
    waiting = [player(1_000), player(1_000)]
    for coroutine in waiting:
        coroutine.send(None)
    ball = 0
    while waiting:
        coroutine = waiting.pop(0)
        try:
            ball = coroutine.send(ball)
        except StopIteration as stop:
            ball = stop.value
        else:
            waiting.append(coroutine)
    return ball


if __name__ == "__main__":
    print(main())
