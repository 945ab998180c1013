"""A carrier simulator: speaks Twilio's REST API and callbacks, and dials nobody.

It is a program of its own. It shares no code with the product it serves, so a fault on one
side can't hide the same fault on the other.
"""
