"""The carrier's other half: signalling and sound for agents who listen in a browser."""
