"""The platform's own processes, defined once for `make run`, rehearsals and benchmarks."""

import multiprocessing
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from ops.ports import HOST
from ops.supervisor import Process, Supervisor

# Without this, an open event stream would hold up a stop for as long as its browser stays.
WEB_GRACE_SECONDS = 3
WORKER_QUEUES = {"dial": "dial,events", "default": "default,import"}
WORKER_CONCURRENCY = {"dial": "4", "default": "2"}


@dataclass(frozen=True, slots=True)
class Programs:
    """Makes the processes that share one environment; each logs to `<name>.log` in the folder `logs`."""

    environment: Mapping[str, str]
    logs: Path

    def python(self, name: str, *arguments: str, **environment: str) -> Process:
        """A Python program of ours, with `environment` added to the shared one."""
        return Process(
            name=name,
            command=[sys.executable, *arguments],
            environment={**self.environment, **environment},
            log=self.logs / f"{name}.log",
        )

    def manage(self, command: str, *arguments: str) -> Process:
        """A management command."""
        return self.python(command, "manage.py", command, *arguments)

    def migrate(self, owner_url: str) -> Process:
        """The migrations, run by the role that owns the tables."""
        return self.python("migrate", "manage.py", "migrate", "--no-input", DATABASE_URL=owner_url)

    def web(self, port: int) -> Process:
        """The one web process: pages, API, webhooks and live updates; ready when the health page answers."""
        process = self.python(
            "web",
            *("-m", "uvicorn", "config.front:application"),
            *("--host", HOST, "--port", str(port), "--no-access-log"),
            *("--timeout-graceful-shutdown", str(WEB_GRACE_SECONDS)),
            DB_POOL="true",
        )
        return replace(process, is_ready=partial(answers, f"http://{HOST}:{port}/health/"))

    def worker(self, name: str) -> Process:
        """A Celery worker, `dial` or `default`, with the queues of that name; ready when it says so."""
        concurrency = self.environment.get(f"{name.upper()}_CONCURRENCY", WORKER_CONCURRENCY[name])
        process = self.python(
            f"worker-{name}",
            *("-m", "celery", "-A", "config.celery", "worker"),
            *("--queues", WORKER_QUEUES[name], "--hostname", f"{name}@%h"),
            *("--pool", worker_pool(), "--concurrency", concurrency),
            *("--without-mingle", "--without-gossip", "--loglevel", "INFO"),
        )
        return replace(process, is_ready=partial(has_text, process.log, b" ready."))

    def beat(self) -> Process:
        """The clock that sends the periodic tasks; keeps nothing on disk."""
        return self.python(
            "beat",
            *("-m", "celery", "-A", "config.celery", "beat"),
            *("--scheduler", "celery.beat:Scheduler", "--pidfile=", "--loglevel", "INFO"),
        )

    def simulator(self, port: int) -> Process:
        """The carrier simulator; ready when it answers at all."""
        process = self.python("simulator", "-m", "simulator", SIM_PORT=str(port), SIM_HOST=HOST)
        return replace(process, is_ready=partial(answers, f"http://{HOST}:{port}/"))

    def agents(self) -> Process:
        """Simulated agents that staff the demo's campaigns."""
        return self.manage("run_sim_agents")

    def serve(self, supervisor: Supervisor, *, web_port: int) -> None:
        """Launch web and workers, without waiting for them."""
        supervisor.launch(self.worker("dial"), self.worker("default"), self.web(web_port))


def answers(url: str) -> bool:
    """Whether a web server answers at `url` with anything but a server error."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - an address on the loopback interface
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def has_text(log: Path, text: bytes) -> bool:
    """Whether `text` appears in the file `log`."""
    return text in log.read_bytes()


@cache
def worker_pool() -> str:
    """Celery's prefork pool, or threads where this user may not make the semaphores that prefork needs."""
    try:
        multiprocessing.get_context("fork").Lock()
    except (ImportError, OSError):
        return "threads"
    return "prefork"
