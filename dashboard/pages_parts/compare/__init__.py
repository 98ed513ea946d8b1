"""Parts of the page Compare, and the downloads other pages show too."""
