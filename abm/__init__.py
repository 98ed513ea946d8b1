"""The model: what displaced Ukrainian households decide each month, and what follows from it."""
