"""Other ways to write the decision. They share the science with the model, and none of its compiled code."""
