"""What the pages show as JSON: read only, by the query of a link of the app."""
