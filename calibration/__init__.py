"""How well the model fits, and which parameters make it fit: measurement, scores, calibration."""
