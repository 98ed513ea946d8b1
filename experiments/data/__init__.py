"""Derivation of the tables that no publisher offers; run by hand when their inputs change."""
