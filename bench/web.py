"""A web process under load, and how much of the processor each request costs it.

CPU seconds of the web process are compared, not wall time: those mean the same on a busy machine.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.places import ROOT
from ops.ports import HOST, random_free_port
from ops.programs import answers
from ops.supervisor import die_with

CONNECTIONS = 16
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Web:
    """A running web process."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """What it has used of the processor so far, in user and system mode."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def cost(self, path: str, bodies: Sequence[Any], *, status: int, key: str = "") -> float:
        """CPU seconds per request of POSTing all `bodies` over CONNECTIONS connections.

        Raises RuntimeError when an answer has another status.
        """
        before = self.cpu_seconds()
        shares = [bodies[first::CONNECTIONS] for first in range(CONNECTIONS)]
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            statuses = [
                each for share in pool.map(lambda share: self._post(path, share, key), shares) for each in share
            ]
        if set(statuses) != {status}:
            raise RuntimeError(f"{path} answered {sorted(set(statuses))} instead of {status}.")
        return (self.cpu_seconds() - before) / len(bodies)

    def _post(self, path: str, bodies: Sequence[Any], key: str) -> list[int]:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=120)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        statuses = []
        for body in bodies:
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
        connection.close()
        return statuses


@contextmanager
def serve(application: str, *, ready: str, **environment: str) -> Iterator[Web]:
    """Run an ASGI application in one uvicorn process, as the product is run; `ready` is a path that it answers."""
    port = random_free_port()
    arguments = ["-m", "uvicorn", application, "--host", HOST, "--port", str(port), "--no-access-log"]
    popen = subprocess.Popen(
        [sys.executable, *arguments, "--log-level", "warning"],
        env={**os.environ, "DB_POOL": "true", **environment},
        cwd=ROOT,
        preexec_fn=die_with(os.getpid(), signal.SIGTERM),  # noqa: PLW1509 - only calls prctl and getppid
    )
    try:
        while not answers(f"http://{HOST}:{port}{ready}"):
            if popen.poll() is not None:
                raise RuntimeError(f"{application} ended while starting.")
            time.sleep(0.1)
        yield Web(port, popen.pid)
    finally:
        popen.terminate()
        popen.wait()
