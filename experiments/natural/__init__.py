"""Natural experiments: what happened when governments changed a rule, beside the model."""
