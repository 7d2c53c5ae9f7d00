# Seed 004: the port scanner with an async generator, on three ports of its own instead of 35,536.
import asyncio

import socket

# One port that is open (somebody listens), two that are closed (taken, but nobody listens).
sockets = [socket.socket() for _ in range(3)]
for each in sockets:
    each.bind(("127.0.0.1", 0))
sockets[1].listen()
ports = [each.getsockname()[1] for each in sockets]

timeout = 1.0

async def check_ports(host: str, ports: list, max=10):
    found = 0
    for port in ports:
        try:
            future = asyncio.open_connection(host=host, port=port)
            r, w = await asyncio.wait_for(future, timeout=timeout)
            yield port
            found += 1
            w.close()
            if found >= max:
                return
        except OSError:
            pass
        except ConnectionRefusedError:
            pass
        except asyncio.TimeoutError:
            pass # closed

async def scan(ports, host):
    results = []
    async for port in check_ports(host, ports, max=1):
        results.append(port)
    return results

if __name__ == '__main__':
    host = "127.0.0.1"
    results = asyncio.run(scan(ports, host))
    for result in results:
        print("Port number {0} is open".format(ports.index(result)))
    print("Completed scan")
    for each in sockets:
        each.close()
