"""What surveys say together about the wish to return, and what the next wave will find."""
