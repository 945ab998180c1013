"""Runs Fairdial: embedded services, the supervisor, throw-away stacks for tests and rehearsals, assets."""
