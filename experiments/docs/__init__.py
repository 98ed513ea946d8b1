"""Pages that are partly written by the code they describe."""
