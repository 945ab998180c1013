"""Work on a database connection of its own, so that it commits at once and holds no lock while an import runs."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from django.db import connection

P = ParamSpec("P")
T = TypeVar("T")


class Apart:
    """Runs functions in a thread, which has its own connection, until the block ends."""

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(max_workers=1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.submit(connection.close)
        self._pool.shutdown()

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `function`; what it raises is raised here."""
        return self._pool.submit(function, *args, **kwargs).result()
