"""Scenarios compared on common draws: the difference is the effect of the policy, not chance."""
