"""Help: a tour, the words, what is kept of a visit, and whom to write to."""
