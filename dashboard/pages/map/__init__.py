"""Maps of hosts, moves and origins."""
