"""What levers there are, and whether each does what its file declares."""
