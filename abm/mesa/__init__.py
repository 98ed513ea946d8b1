"""The model as Mesa users know it: model, agents, sets of households."""
