# Seed 004: the port scanner with asyncio, on three ports of its own instead of 35,536.
import asyncio

import socket

# One port that is open (somebody listens), two that are closed (taken, but nobody listens).
sockets = [socket.socket() for _ in range(3)]
for each in sockets:
    each.bind(("127.0.0.1", 0))
sockets[1].listen()
ports = [each.getsockname()[1] for each in sockets]

timeout = 1.0

async def check_port(host: str, port: int, results: list):
    try:
        future = asyncio.open_connection(host=host, port=port)
        r, w = await asyncio.wait_for(future, timeout=timeout)
        results.append(port)
        w.close()
    except OSError:  # do not throw an exception when port is not open
        pass
    except asyncio.TimeoutError:
        pass # closed

async def scan(ports, host):
    tasks = []
    results = []
    for port in ports:
        tasks.append(check_port(host, port, results))
    await asyncio.gather(*tasks)
    return results

if __name__ == '__main__':
    host = "127.0.0.1"
    results = asyncio.run(scan(ports, host))
    for result in results:
        print("Port number {0} is open".format(ports.index(result)))
    print("Completed scan")
    for each in sockets:
        each.close()
