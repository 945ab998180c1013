"""Twilio's REST face."""
