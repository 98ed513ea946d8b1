"""Intentions beside behaviour."""
