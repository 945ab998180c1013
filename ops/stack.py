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
from typing import IO, Any, NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ops import forking, migrations, running
from ops.demo_clock import NOTE_SECONDS, choose_clock, note_reached, read_reached
from ops.environment import caller_environment, catching_mail, load_secrets
from ops.places import RUN_DIR, passable, private_folder, remove_tree, service_account, state_dir, write_private
from ops.ports import HOST, NoFreePortError, next_free_port, reserving
from ops.postgres import Cluster, PostgresError, find_binaries
from ops.programs import Programs
from ops.simulated_clock import SimulatedClock
from ops.supervisor import ProcessError, Supervisor
from ops.valkey import Valkey, ValkeyError

DEMO_FILE = "demo.json"
CLOCK_NOTE = "clock.json"
WATCH_SECONDS = 0.2
WEB_PORT, SIMULATOR_PORT, SMTP_PORT, POSTGRES_PORT, VALKEY_PORT = 8000, 8010, 8025, 54320, 63790
ALREADY_RUNS = "it already runs from this folder; stop it first (.run/demo.json has its address)."
STILL_ENDING = "processes of an earlier run have not ended yet; try again in a moment."


class StackError(RuntimeError):
    """The stack cannot start like this; the message says what to change."""


class Stack:
    """The platform's start, in order; each step adds what it knows to the environment of the later ones."""

    def __init__(self, supervisor: Supervisor, caller: Mapping[str, str], *, run_dir: Path, state: Path) -> None:
        self.supervisor = supervisor
        self.environment = dict(caller)
        # For the migrations alone.
        self.owner_url = self.environment.pop("DATABASE_OWNER_URL", "")
        self.run_dir = run_dir
        self.demo_file = run_dir / DEMO_FILE
        # Open and locked as long as commands beside us may take part.
        self.beacon: IO[str] | None = None
        self.logs = private_folder(run_dir / "log")
        self.state = state
        self.secrets = load_secrets(state / "secrets.json")
        self.clock: SimulatedClock | None = None
        self.embedded: Cluster | None = None
        self.simulator_port: int | None = None
        self.web_port = next_free_port(int(caller.get("PORT", WEB_PORT)))

    def start(self) -> None:
        """Start everything and tell where it is. Raises ProcessError, StackError and the like."""
        self.configure()
        self.start_services()
        programs = Programs(self.environment, self.logs)
        self.migrate(programs)
        programs.serve(self.supervisor, web_port=self.web_port)
        demo = self.load_demo(programs)
        self.supervisor.wait_until_ready()
        self.supervisor.launch(programs.beat(), *([programs.agents()] if demo else []))
        self.announce(demo)

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
            self.simulator_port = next_free_port(SIMULATOR_PORT)
            environment["SIMULATOR_URL"] = f"http://{HOST}:{self.simulator_port}"
            if "EMAIL_URL" not in environment:
                environment.update(catching_mail(next_free_port(SMTP_PORT)))
        if "CLOCK_START" not in environment:
            speed = float(environment.get("FAIRDIAL_DEMO_SPEED", "1"))
            self.clock = choose_clock(real=time.time(), reached=read_reached(self.state / CLOCK_NOTE), speed=speed)
            environment.update(self.clock.environment() if self.clock else {})

    def start_services(self) -> None:
        """PostgreSQL, Valkey and the carrier simulator, each unless the caller has one; meanwhile libraries load."""
        environment = self.environment
        if "DATABASE_URL" not in environment:
            cluster = self.embedded = self.cluster()
            cluster.initialise()
            environment["DATABASE_URL"], self.owner_url = cluster.runtime_url, cluster.owner_url
            self.supervisor.launch(cluster.process())
        if "VALKEY_URL" not in environment:
            valkey = self.valkey()
            environment["VALKEY_URL"] = valkey.url(0)
            environment.setdefault("CELERY_BROKER_URL", valkey.url(1))
            self.supervisor.launch(valkey.process())
        if self.simulator_port:
            self.supervisor.launch(Programs(environment, self.logs).simulator(self.simulator_port))
        if self.supervisor.is_forking:
            forking.preload()
        self.supervisor.wait_until_ready()
        if self.embedded:
            self.embedded.create_roles()

    def migrate(self, programs: Programs) -> None:
        """Apply the migrations; on the embedded database only when something has changed."""
        note = self.state / "migrated"
        if self.embedded and migrations.are_done(self.embedded, note):
            return
        self.supervisor.run(programs.migrate(self.owner_url or self.environment["DATABASE_URL"]))
        if self.embedded:
            migrations.note_done(self.embedded, note)

    def cluster(self) -> Cluster:
        """The embedded PostgreSQL."""
        account = service_account()
        return Cluster(
            folder=self.state / "postgres",
            port=next_free_port(POSTGRES_PORT),
            passwords=self.secrets.passwords,
            binaries=find_binaries(account, self.state),
            account=account,
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

    def announce(self, demo: dict[str, Any] | None) -> None:
        """Say where the platform is and who can log in: on standard output, and for scripts in the demo's file."""
        if self.embedded:
            self.beacon = running.announce(self.run_dir, self.environment)
        url = f"http://{HOST}:{self.web_port}"
        lines = [f"READY {url}"]
        if demo:
            access = {"address": url, "simulator": self.environment["SIMULATOR_URL"], **demo}
            write_private(self.demo_file, json.dumps(access, indent=2))
            lines += [
                f"  {tenant['name']}, {role}: {login['email']}  {login['password']}"
                for tenant in demo["tenants"]
                for role, login in tenant["logins"].items()
            ]
        print("\n".join(lines), flush=True)

    def watch(self) -> NoReturn:
        """Block while everything runs, then raise ProcessError."""
        while True:
            note_reached(self.state / CLOCK_NOTE, self.clock, real=time.time())
            until = time.monotonic() + NOTE_SECONDS
            while time.monotonic() < until:
                self.supervisor.check()
                time.sleep(WATCH_SECONDS)


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
            if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN:  # nohup stays nohup
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


def run(environment: Mapping[str, str], *, run_dir: Path, state: Path) -> int:
    """Run the stack until it is asked to stop, and return 0. Raises ProcessError, StackError and the like."""
    passable(run_dir)
    with (
        held(run_dir / "supervisor.lock", patience=0, refusal=ALREADY_RUNS),
        held(run_dir / "processes.lock", patience=20, refusal=STILL_ENDING) as lock,
        reserving(),
    ):
        supervisor = Supervisor(inherited=lock, is_forking=sys.platform == "linux")
        signals = StopSignals(supervisor)
        try:
            stack = Stack(supervisor, environment, run_dir=run_dir, state=state)
            stack.start()
            stack.watch()
        except Stopped:
            return 0
        finally:
            signals.disarm()
            supervisor.stop()
            for name in (DEMO_FILE, running.FILE):
                (run_dir / name).unlink(missing_ok=True)


def forget() -> int:
    """Delete the demo's data, logs and kept test databases."""
    with held(passable(RUN_DIR) / "supervisor.lock", patience=0, refusal=ALREADY_RUNS):
        for folder in {state_dir(service_account()), RUN_DIR}:
            remove_tree(folder)
            if folder.exists():
                raise StackError(f"{folder} could not be deleted; does it belong to another user?")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run the stack, or with `--forget` delete its data; say in one paragraph why it could not start or go on."""
    try:
        if arguments == ["--forget"]:
            return forget()
        return run(caller_environment(), run_dir=RUN_DIR, state=state_dir(service_account()))
    except (NoFreePortError, OSError, PostgresError, ProcessError, StackError, ValkeyError) as error:
        print(f"Fairdial stopped: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
