"""Routes from temporary protection to another title, with their real conditions."""
