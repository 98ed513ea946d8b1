"""The EWEA scorecard."""
