"""Parts of the page How sure are we: scores read from the shipped validation, and their figures."""
