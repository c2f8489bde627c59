"""A proxy with TLS before the pages, as people put one there."""

import asyncio
import contextlib
import re
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path


def certified(folder: Path) -> ssl.SSLContext:
    """With a certificate for this machine, signed by itself."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    made += ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@contextlib.contextmanager
def proxied(url: str, context: ssl.SSLContext) -> Iterator[str]:
    """The address of a proxy before ``url``, with a slash at its end. Each request has a connection
    of its own."""
    port = int(url.rsplit(":", 1)[1].strip("/"))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError), closing(writer):
            head = await reader.readuntil(b"\r\n\r\n")
            host = writer.get_extra_info("peername")[0].encode()
            lines = [line for line in head.split(b"\r\n") if line]
            said = [line for line in lines if not re.match(rb"(?i)connection:|x-forwarded", line)]
            said += [b"X-Forwarded-For: " + host, b"X-Forwarded-Proto: https", b"Connection: close"]
            behind, ahead = await asyncio.open_connection("127.0.0.1", port)
            with closing(ahead):
                ahead.write(b"\r\n".join(said) + b"\r\n\r\n")
                sending = asyncio.create_task(pump(reader, ahead))
                await pump(behind, writer)
                sending.cancel()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while part := await reader.read(65536):
                writer.write(part)
                await writer.drain()

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # browsers hang up at any time
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    serving = asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    server = asyncio.run_coroutine_threadsafe(serving, loop).result(60)

    async def end() -> None:
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for one in others:
            one.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for _ in range(10):  # for what is closed to be closed
            await asyncio.sleep(0.01)

    try:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}/"
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
