from collections.abc import Iterator

import pytest
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from tests.dialling import exchange, jobs, watched_carrier

__all__ = ["exchange", "jobs", "watched_carrier"]


@pytest.fixture
def _django_db_helper(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Takes the place of pytest-django's: other threads and processes see what a test has written; emptied at the end.

    Django's own flush knows the models' tables only, and would leave the heads of the ledgers.
    """
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("truncate tenants_tenant, accounts_user cascade")
            connections.close_all()
