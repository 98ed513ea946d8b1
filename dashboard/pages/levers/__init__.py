"""Levers and their result."""
