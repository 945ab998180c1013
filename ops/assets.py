"""`make assets`: installs the front-end packages and bundles scripts and styles into static/dist.

The pages fall back to the plain sources, so nothing here may stop a start: failures are told and end with exit code 0.
With `--dev` the packages that only tests need are installed too.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ops.places import ROOT, remove_tree

STATIC = ROOT / "static"
BUILT = STATIC / "dist"
ENTRY_POINTS = ("js/app.js", "js/desk.js", "js/floor.js", "js/recording.js", "js/script_run.js", "css/app.css")
BUNDLED = BUILT / ".built"
PACKAGES = ROOT / "node_modules"
INSTALLED = PACKAGES / ".installed"
ESBUILD_OPTIONS = (
    *("--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"),
    *("--entry-names=[name]", "--external:*.svg", "--external:*.woff2", "--external:*.png"),
)
# The carrier's program for the browser, served unmodified.
PHONE_PROGRAM = PACKAGES / "@twilio" / "voice-sdk" / "dist" / "twilio.min.js"
OLDEST_NODE = 20
INSTALL_SECONDS = 300


class AssetsError(RuntimeError):
    """The packages could not be installed, or the sources not be bundled."""


@dataclass(frozen=True, slots=True)
class Npm:
    """How to run npm and node."""

    command: Sequence[str]
    node: str
    environment: Mapping[str, str]


def find_npm() -> Npm | None:
    """The machine's npm when its node is recent enough, else the one in our virtual environment, else None."""
    own = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    for path in (os.environ.get("PATH", os.defpath), own):
        npm, node = shutil.which("npm", path=path), shutil.which("node", path=path)
        environment = {**os.environ, "PATH": path}
        if npm and node and node_version(node, environment) >= OLDEST_NODE:
            return Npm([npm], node, environment)
    return None


def node_version(node: str, environment: Mapping[str, str]) -> int:
    """The major version of the program `node`; 0 when it does not run."""
    try:
        done = subprocess.run([node, "--version"], env=dict(environment), capture_output=True, text=True, check=True)
        return int(done.stdout.strip().lstrip("v").split(".", maxsplit=1)[0])
    except (OSError, subprocess.CalledProcessError, ValueError):
        return 0


def install_node() -> None:
    """Install node and npm into our virtual environment. Raises AssetsError."""
    print("No Node.js 20 or newer found; installing it into .venv.", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    call([*pip, "--require-hashes", "-r", "requirements-node.txt"], dict(os.environ))


def packages_stamp(*, with_test_packages: bool) -> str:
    """What stands in node_modules/.installed once the packages are there; those for tests include the others."""
    return digest_of([ROOT / "package-lock.json"]) + (" with test packages" if with_test_packages else "")


def bundle_stamp() -> str:
    """What stands in static/dist/.built once the present sources are bundled."""
    return digest_of(
        [Path(__file__), ROOT / "package-lock.json", *STATIC.glob("js/**/*.js"), *STATIC.glob("css/**/*.css")]
    )


def digest_of(paths: Iterable[Path]) -> str:
    """A fingerprint of the names and contents of files."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_stamped(stamp: Path, text: str) -> bool:
    """Whether the file `stamp` begins with `text`."""
    return stamp.exists() and stamp.read_text(encoding="ascii").startswith(text)


def install_packages(npm: Npm, *, with_test_packages: bool) -> None:
    """Install what package-lock.json says, anew. Raises AssetsError."""
    choice = [] if with_test_packages else ["--omit=dev"]
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    call([*npm.command, "ci", *quiet, *choice], npm.environment)
    INSTALLED.write_text(packages_stamp(with_test_packages=with_test_packages), encoding="ascii")


def bundle(npm: Npm) -> None:
    """Bundle the entry points that exist. Raises AssetsError."""
    stamp = bundle_stamp()
    sources = [str(STATIC / entry) for entry in ENTRY_POINTS if (STATIC / entry).exists()]
    esbuild = str(PACKAGES / "esbuild" / "bin" / "esbuild")
    remove_tree(BUILT)
    call([npm.node, esbuild, *sources, f"--outdir={BUILT}", *ESBUILD_OPTIONS], npm.environment)
    shutil.copy(PHONE_PROGRAM, BUILT)
    BUNDLED.write_text(stamp, encoding="ascii")


def call(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run `command` in the checkout. Raises AssetsError with its output."""
    try:
        done = subprocess.run(
            list(command),
            cwd=ROOT,
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssetsError(str(error)) from error
    if done.returncode:
        raise AssetsError(f"{Path(command[0]).name} failed:\n{done.stdout}")


def build(*, with_test_packages: bool) -> None:
    """Install and bundle what is not up to date. Raises AssetsError."""
    is_installed = is_stamped(INSTALLED, packages_stamp(with_test_packages=with_test_packages))
    if is_installed and is_stamped(BUNDLED, bundle_stamp()):
        return
    if find_npm() is None:
        install_node()
    npm = find_npm()
    if npm is None:
        raise AssetsError("there is no Node.js for this machine")
    if not is_installed:
        install_packages(npm, with_test_packages=with_test_packages)
    bundle(npm)


def main(arguments: Sequence[str]) -> None:
    """Install and bundle; only tell when that fails. An old bundle never outlives a failure."""
    try:
        build(with_test_packages="--dev" in arguments)
    except AssetsError as error:
        remove_tree(BUILT)
        print(f"Warning: scripts and styles were not bundled, pages use the plain sources: {error}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
