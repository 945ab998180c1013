from tests.dialling import exchange, jobs, watched_carrier

__all__ = ["exchange", "jobs", "watched_carrier"]
