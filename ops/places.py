"""Where things live on this machine, and as whom the database server runs."""

import hashlib
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN_DIR = ROOT / ".run"


@dataclass(frozen=True, slots=True)
class Account:
    """The system account that runs PostgreSQL, which refuses to run as root."""

    name: str
    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Give `path` and all below it to the account."""
        for found in (path, *path.rglob("*")):
            os.chown(found, self.uid, self.gid, follow_symlinks=False)


def service_account() -> Account | None:
    """`nobody` when we are root; None for an ordinary user, who runs PostgreSQL as themselves."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def is_reachable(path: Path) -> bool:
    """Whether any other account may read `path` and pass every folder above it."""
    if not path.stat().st_mode & stat.S_IROTH:
        return False
    folders = [path, *path.parents] if path.is_dir() else list(path.parents)
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def state_dir(account: Account | None, *, root: Path = ROOT, shared: Path = Path("/var/lib")) -> Path:
    """The folder, made when missing, for databases, secrets and media of this checkout.

    It is `.run` in the checkout; below a private folder (such as /root) the database account could not reach it,
    so it is then a folder of `shared` named after the checkout's path.
    """
    if account is None or is_reachable(root):
        return passable(root / ".run")
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
    return passable(shared / f"fairdial-{digest}")


def passable(folder: Path) -> Path:
    """Make `folder`; others may pass through it (the database account must) but not list it."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    return folder


def private_folder(folder: Path) -> Path:
    """Make `folder`, which only its owner may enter."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def write_private(path: Path, text: str) -> None:
    """Replace the file at `path` in one step; only its owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def remove_tree(path: Path) -> None:
    """Delete a folder and all below it; nothing happens when it is absent."""
    shutil.rmtree(path, ignore_errors=True)
