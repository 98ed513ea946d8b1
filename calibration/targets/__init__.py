"""What the model is held against: surveys, quantities, registers."""
