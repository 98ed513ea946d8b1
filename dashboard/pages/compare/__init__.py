"""Compare scenarios."""
