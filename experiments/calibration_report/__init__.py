"""One self-contained page about a calibration: ``ewea calibrate report``."""
