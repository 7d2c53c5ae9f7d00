# Streams over loopback: a server and two clients.
import asyncio
async def handle(reader, writer):
    while line := await reader.readline(): writer.write(line.upper()); await writer.drain()
    writer.close()
async def client(port, name):
    r, w = await asyncio.open_connection("127.0.0.1", port)
    out = []
    for i in range(2): w.write(f"{name}{i}\n".encode()); out.append((await r.readline()).decode().strip())
    w.close(); await w.wait_closed()
    return out
async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        print(await asyncio.gather(client(port, "a"), client(port, "b")))
asyncio.run(main())
