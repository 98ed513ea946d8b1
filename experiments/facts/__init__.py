"""Directions of effect: every row of the evidence that names one, held against the model."""
