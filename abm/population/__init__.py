"""Synthetic households: fitted type shares, creation of rows, cross-sections, margins, network."""
