"""The EWEA scorecard: published judgements beside the model's own, and early warning."""
