import pytest
from celery import current_app
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks

from apps.core.jobs import enqueue

TICK = "dialer.tick_campaign"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, int]]:
    """The arguments of the messages that were sent."""
    messages: list[dict[str, int]] = []
    current_app.loader.import_default_modules()
    monkeypatch.setattr(current_app.tasks[TICK], "apply_async", lambda *, kwargs: messages.append(kwargs))
    return messages


def test_job_is_sent_when_the_transaction_commits(
    db: None, sent: list[dict[str, int]], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        enqueue(TICK, tenant_id=1, campaign_id=2)
        before = list(sent)

    assert (before, sent) == ([], [{"tenant_id": 1, "campaign_id": 2}])


def test_job_of_no_task_is_refused_at_once(db: None) -> None:
    with pytest.raises(KeyError):
        enqueue("dialer.no_such_task")


def test_job_that_cannot_be_sent_is_no_error_of_what_was_committed(
    db: None,
    sent: list[dict[str, int]],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def send(*, kwargs: dict[str, int]) -> None:
        if kwargs["campaign_id"] == 2:
            raise OperationalError("no broker")
        sent.append(kwargs)

    monkeypatch.setattr(current_app.tasks[TICK], "apply_async", send)

    with django_capture_on_commit_callbacks(execute=True):
        enqueue(TICK, tenant_id=1, campaign_id=2)
        enqueue(TICK, tenant_id=1, campaign_id=3)

    assert sent == [{"tenant_id": 1, "campaign_id": 3}]
