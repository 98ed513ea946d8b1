"""Parts of the page on levers."""
