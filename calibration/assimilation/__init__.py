"""The state now is what was observed: an ensemble smoother over controls of host and half-year."""
