from tests.conformance.fixtures import carrier, client, customer

__all__ = ["carrier", "client", "customer"]
