"""`make run`: the whole platform on this machine, until Ctrl-C.

What the environment names is used instead of being started: DATABASE_URL (with DATABASE_OWNER_URL for the
migrations), VALKEY_URL, CELERY_BROKER_URL, and TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN for the simulator.
"""

import fcntl
import json
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ops.demo_clock import NOTE_SECONDS, choose_clock, note_reached, read_reached
from ops.environment import Secrets, caller_environment, load_secrets
from ops.places import RUN_DIR, passable, private_folder, remove_tree, service_account, state_dir, write_private
from ops.ports import HOST, NoFreePortError, next_free_port
from ops.postgres import Cluster, PostgresError, find_binaries
from ops.programs import Programs
from ops.simulated_clock import SimulatedClock
from ops.supervisor import ProcessError, Supervisor
from ops.valkey import Valkey, ValkeyError

DEMO_FILE = RUN_DIR / "demo.json"
CLOCK_NOTE = "clock.json"
WATCH_SECONDS = 0.2
WEB_PORT, SIMULATOR_PORT, POSTGRES_PORT, VALKEY_PORT = 8000, 8010, 54320, 63790
ALREADY_RUNS = f"it already runs from this folder; stop it first (its address is in {DEMO_FILE})."
STILL_ENDING = "processes of an earlier run have not ended yet; try again in a moment."


class StackError(RuntimeError):
    """The stack cannot start like this; the message says what to change."""


class Stack:
    """The platform's start, in order; each step adds what it knows to the environment of the later ones."""

    def __init__(self, supervisor: Supervisor, caller: Mapping[str, str]) -> None:
        self.supervisor = supervisor
        self.environment = dict(caller)
        self.account = service_account()
        self.state = state_dir(self.account)
        self.logs = private_folder(RUN_DIR / "log")
        self.secrets: Secrets = load_secrets(self.state / "secrets.json")
        self.clock: SimulatedClock | None = None
        self.web_port = next_free_port(int(caller.get("PORT", WEB_PORT)))

    def start(self) -> None:
        """Start everything and tell where it is. Raises ProcessError, StackError and the like."""
        self.configure()
        self.start_services()
        programs = Programs(self.environment, self.logs)
        if "SIMULATOR_PORT" in self.environment:
            self.supervisor.launch(programs.simulator(int(self.environment["SIMULATOR_PORT"])))
        self.supervisor.run(programs.migrate(self.environment["DATABASE_OWNER_URL"]))
        programs.serve(self.supervisor, web_port=self.web_port)
        demo = self.load_demo(programs)
        self.supervisor.wait_until_ready()
        if demo:
            self.supervisor.launch(programs.agents())
        announce(f"http://{HOST}:{self.web_port}", self.environment.get("SIMULATOR_URL"), demo)

    def configure(self) -> None:
        """Fill in what the caller did not set."""
        environment = self.environment
        environment.setdefault("SECRET_KEY", self.secrets.secret_key)
        environment.setdefault("FIELD_KEYS", self.secrets.field_key)
        environment.setdefault("MEDIA_ROOT", str(private_folder(self.state / "media")))
        has_credentials = bool(environment.get("TWILIO_ACCOUNT_SID") and environment.get("TWILIO_AUTH_TOKEN"))
        environment.setdefault("CARRIER", "twilio" if has_credentials else "simulator")
        if environment["CARRIER"] == "simulator":
            self.configure_simulation()
        elif "PUBLIC_BASE_URL" not in environment:
            raise StackError("With a real carrier set PUBLIC_BASE_URL to the address at which it reaches this machine.")
        environment.setdefault("PUBLIC_BASE_URL", f"http://{HOST}:{self.web_port}")

    def configure_simulation(self) -> None:
        """The simulator's address and the demo's clock."""
        environment = self.environment
        for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
            environment.pop(name, None)  # real ones must not come near the simulator, which refuses to start with them
        if "SIMULATOR_URL" not in environment:
            port = next_free_port(SIMULATOR_PORT)
            environment.update(SIMULATOR_PORT=str(port), SIMULATOR_URL=f"http://{HOST}:{port}")
        if "CLOCK_START" not in environment:
            speed = float(environment.get("FAIRDIAL_DEMO_SPEED", "1"))
            self.clock = choose_clock(real=time.time(), reached=read_reached(self.state / CLOCK_NOTE), speed=speed)
            environment.update(self.clock.environment() if self.clock else {})

    def start_services(self) -> None:
        """PostgreSQL and Valkey, each unless the caller has one."""
        environment = self.environment
        cluster = None if "DATABASE_URL" in environment else self.cluster()
        if cluster:
            cluster.initialise()
            environment.update(DATABASE_URL=cluster.runtime_url, DATABASE_OWNER_URL=cluster.owner_url)
            self.supervisor.launch(cluster.process())
        if "VALKEY_URL" not in environment:
            valkey = self.valkey()
            environment["VALKEY_URL"] = valkey.url(0)
            environment.setdefault("CELERY_BROKER_URL", valkey.url(1))
            self.supervisor.launch(valkey.process())
        self.supervisor.wait_until_ready()
        if cluster:
            cluster.create_roles()
        environment.setdefault("DATABASE_OWNER_URL", environment["DATABASE_URL"])

    def cluster(self) -> Cluster:
        """The embedded PostgreSQL."""
        return Cluster(
            folder=self.state / "postgres",
            port=next_free_port(POSTGRES_PORT),
            passwords=self.secrets.passwords,
            binaries=find_binaries(self.account, self.state),
            account=self.account,
            log=self.logs / "postgres.log",
        )

    def valkey(self) -> Valkey:
        """The embedded Valkey."""
        return Valkey(
            folder=self.state / "valkey",
            port=next_free_port(VALKEY_PORT),
            password=self.secrets.valkey_password,
            log=self.logs / "valkey.log",
        )

    def load_demo(self, programs: Programs) -> dict[str, Any] | None:
        """Load the demo's data unless it is there, and return its logins; None with a real carrier or FAIRDIAL_DEMO=0."""
        if self.environment["CARRIER"] != "simulator" or self.environment.get("FAIRDIAL_DEMO") == "0":
            return None
        demo: dict[str, Any] = json.loads(self.supervisor.run(programs.manage("load_demo")))
        return demo

    def watch(self) -> NoReturn:
        """Block while everything runs, then raise ProcessError."""
        while True:
            note_reached(self.state / CLOCK_NOTE, self.clock, real=time.time())
            until = time.monotonic() + NOTE_SECONDS
            while time.monotonic() < until:
                self.supervisor.check()
                time.sleep(WATCH_SECONDS)


def announce(url: str, simulator_url: str | None, demo: dict[str, Any] | None) -> None:
    """Write the demo's file for scripts, and say on standard output where the platform is and who can log in."""
    tenants = demo["tenants"] if demo else []
    if demo:
        write_private(DEMO_FILE, json.dumps({"address": url, "simulator": simulator_url, **demo}, indent=2))
    logins = [
        f"  {tenant['name']}, {role}: {login['email']}  {login['password']}"
        for tenant in tenants
        for role, login in tenant["logins"].items()
    ]
    print("\n".join([f"READY {url}", *logins]), flush=True)


@contextmanager
def held(path: Path, *, patience: float, refusal: str) -> Iterator[int]:
    """Hold the lock file `path` and give its descriptor. Raises StackError(refusal) when it is not free in time."""
    until = time.monotonic() + patience
    with path.open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise StackError(refusal) from None
                time.sleep(WATCH_SECONDS)
        yield lock.fileno()


class Stopped(BaseException):
    """Somebody asked the stack to stop; like KeyboardInterrupt no ordinary error."""


class StopSignals:
    """Ctrl-C, SIGTERM and SIGHUP: the first raises Stopped, any during the stop hurries it."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor
        self.is_stopping = False
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self.handle)

    def handle(self, signum: int, frame: FrameType | None) -> None:
        """Receive a signal."""
        if self.is_stopping:
            self.supervisor.hurry()
        else:
            self.is_stopping = True
            raise Stopped

    def disarm(self) -> None:
        """From now on only hurry."""
        self.is_stopping = True


def run(environment: Mapping[str, str]) -> int:
    """Run the stack until it is stopped (0) or fails (1)."""
    passable(RUN_DIR)
    with (
        held(RUN_DIR / "supervisor.lock", patience=0, refusal=ALREADY_RUNS),
        held(RUN_DIR / "processes.lock", patience=20, refusal=STILL_ENDING) as lock,
    ):
        supervisor = Supervisor(inherited=lock)
        signals = StopSignals(supervisor)
        try:
            stack = Stack(supervisor, environment)
            stack.start()
            stack.watch()
        except Stopped:
            print("Stopping.", file=sys.stderr)
            return 0
        finally:
            signals.disarm()
            supervisor.stop()
            DEMO_FILE.unlink(missing_ok=True)


def forget() -> int:
    """Delete the demo's data, logs and kept test databases."""
    with held(passable(RUN_DIR) / "supervisor.lock", patience=0, refusal=ALREADY_RUNS):
        remove_tree(state_dir(service_account()))
        remove_tree(RUN_DIR)
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run the stack, or with `--forget` delete its data; say in one paragraph why it could not start or go on."""
    try:
        return forget() if arguments == ["--forget"] else run(caller_environment())
    except (NoFreePortError, PostgresError, ProcessError, StackError, ValkeyError) as error:
        print(f"Fairdial stopped: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
