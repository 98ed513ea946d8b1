"""Parts of the page About the data: names of tables, and files to take away."""
