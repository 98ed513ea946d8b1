"""``ewea calibrate``: the bank of simulations, the fit, and what is written."""
