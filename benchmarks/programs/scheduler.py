"""An operating system's scheduler in small, after Martin Richards' benchmark: tasks that send each other packets."""


class Packet:
    def __init__(self, kind, origin):
        self.kind = kind
        self.origin = origin
        self.datum = 0
        self.data = [0, 0, 0, 0]


class Task:
    def __init__(self, system, name, priority):
        self.system = system
        self.name = name
        self.priority = priority
        self.queue = []
        self.is_held = False
        system.add(self)

    def can_run(self):
        return not self.is_held and bool(self.queue)

    def take(self, packet):
        self.queue.append(packet)

    def step(self):
        raise NotImplementedError


class Idle(Task):
    """Always ready; now and then it lets a device go on."""

    def __init__(self, system, name, turns):
        super().__init__(system, name, 0)
        self.turns = turns
        self.random = 1

    def can_run(self):
        return True

    def step(self):
        self.turns -= 1
        if self.turns == 0:
            self.system.stop()
        elif self.random & 1:
            self.random = (self.random >> 1) ^ 0xD008
            self.system.release("device b")
        else:
            self.random >>= 1
            self.system.release("device a")


class Worker(Task):
    """Fills packets with letters and sends them to the handlers in turn."""

    def __init__(self, system, name, priority):
        super().__init__(system, name, priority)
        self.next = "handler a"
        self.letter = 0

    def step(self):
        packet = self.queue.pop(0)
        self.next = "handler b" if self.next == "handler a" else "handler a"
        for i in range(len(packet.data)):
            self.letter = self.letter % 26 + 1
            packet.data[i] = self.letter
        packet.datum = 0
        packet.origin = self.name
        self.system.send(self.next, packet)


class Handler(Task):
    """Hands the letters of the worker's packets to its device, one at a time."""

    def __init__(self, system, name, priority, device):
        super().__init__(system, name, priority)
        self.device = device
        self.work = []
        self.free = []

    def take(self, packet):
        (self.work if packet.kind == "work" else self.free).append(packet)
        self.queue.append(packet)

    def step(self):
        self.queue.pop(0)
        if not self.work:
            return
        packet = self.work[0]
        if packet.datum == len(packet.data):
            self.work.pop(0)
            self.system.send("worker", packet)
        elif self.free:
            letter = self.free.pop(0)
            letter.datum = packet.data[packet.datum]
            letter.origin = self.name
            packet.datum += 1
            self.system.send(self.device, letter)


class Device(Task):
    """Holds itself with a packet in its hand until the idle task releases it."""

    def step(self):
        packet = self.queue.pop(0)
        self.is_held = True
        self.system.letters += packet.datum
        self.system.send(packet.origin, packet)


class System:
    def __init__(self):
        self.tasks = {}
        self.order = []
        self.is_running = True
        self.sent = self.held = self.letters = 0

    def add(self, task):
        self.tasks[task.name] = task
        self.order = sorted(self.tasks.values(), key=lambda each: -each.priority)

    def send(self, name, packet):
        self.sent += 1
        self.tasks[name].take(packet)

    def release(self, name):
        task = self.tasks[name]
        if task.is_held:
            self.held += 1
            task.is_held = False

    def stop(self):
        self.is_running = False

    def run(self):
        while self.is_running:
            for task in self.order:
                if task.can_run():
                    task.step()
                    break


def main():
    system = System()
    Idle(system, "idle", 500)
    Worker(system, "worker", 1000)
    Handler(system, "handler a", 2000, "device a")
    Handler(system, "handler b", 3000, "device b")
    Device(system, "device a", 4000)
    Device(system, "device b", 5000)
    for _ in range(2):
        system.send("worker", Packet("work", None))
    for letter in ("a", "b"):
        for _ in range(3):
            system.send(f"handler {letter}", Packet("device", f"device {letter}"))
    system.run()
    return system.sent, system.held, system.letters


if __name__ == "__main__":
    print(main())
