"""Parts of the page *Map*: geometry, classes, and the three figures with their tables."""
