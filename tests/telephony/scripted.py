"""A server that answers as it is told, for what the simulator does not do."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Script:
    """The next answer: a status with a body; `drops` closes the connection, `hangs` never answers until released."""

    address: str = ""
    status: int = 201
    body: bytes = b""
    drops: bool = False
    hangs: bool = False
    requests: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def error(self, status: int, code: int) -> None:
        """Answer as Twilio does with an error."""
        self.status = status
        self.body = json.dumps(
            {"code": code, "message": f"Told to say {code}", "more_info": "https://example.test", "status": status}
        ).encode()


@contextmanager
def scripted_server() -> Iterator[Script]:
    """Serve on a port of its own while the block runs."""
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            script.requests.append(self.command)
            if script.hangs:
                script.released.wait(60)
            if script.drops or script.hangs:
                self.close_connection = True
                return
            self.send_response(script.status)
            self.send_header("X-Scripted", "yes")
            self.send_header("Content-Length", str(len(script.body)))
            self.end_headers()
            self.wfile.write(script.body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    script.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield script
    finally:
        script.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
