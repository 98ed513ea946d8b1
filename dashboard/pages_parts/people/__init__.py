"""Parts of the page *People*: who they are, and the story of one simulated household."""
