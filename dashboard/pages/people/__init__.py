"""Who the people are, and the story of one household."""
