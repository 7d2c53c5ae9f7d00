# Seed 004: the port scanner with threads, on three ports of its own instead of 35,536.
import socket
from concurrent.futures import ThreadPoolExecutor, as_completed

import socket

# One port that is open (somebody listens), two that are closed (taken, but nobody listens).
sockets = [socket.socket() for _ in range(3)]
for each in sockets:
    each.bind(("127.0.0.1", 0))
sockets[1].listen()
ports = [each.getsockname()[1] for each in sockets]

timeout = 1.0

def check_port(host: str, port: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(timeout)
        result = sock.connect_ex((host, port))
        if result == 0:
            return port
    return None

def main():
    host = "127.0.0.1"
    open_ports = []

    with ThreadPoolExecutor(max_workers=50) as executor:
        futures = [executor.submit(check_port, host, port) for port in ports]

        for future in as_completed(futures):
            port = future.result()
            if port is not None:
                open_ports.append(port)

    for port in open_ports:
        print(f"Port number {ports.index(port)} is open")
    print("Completed scan")

if __name__ == '__main__':
    main()
    for each in sockets:
        each.close()
