"""Analysis of sweeps: what drives an outcome, when it happens, which policies hold up, and trade-offs."""
