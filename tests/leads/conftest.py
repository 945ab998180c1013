from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from unittest.mock import Mock

import pytest
from pytest_django import Settings

from apps.leads.importing import prepare, run
from apps.leads.importing.errors import FileError
from apps.leads.importing.slices import Job, Slice, read_slices, write_end, write_failure
from tests.dialling import jobs

__all__ = ["jobs"]


@pytest.fixture
def media(tmp_path: Path, settings: Settings) -> Path:
    """A place of their own for uploads and files of rejects."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Imports are queued but no worker is woken."""
    enqueue = Mock()
    monkeypatch.setattr("apps.leads.services.imports.enqueue", enqueue)
    return enqueue


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in this process: starting another one takes longer than such a test."""

    @contextmanager
    def reading(job: Job) -> Iterator[Iterator[Slice]]:
        output = BytesIO()
        try:
            prepare.prepare(job, output)
            write_end(output)
        except FileError as error:
            write_failure(output, error)
        output.seek(0)
        yield read_slices(output)

    monkeypatch.setattr(run, "_reading", reading)
