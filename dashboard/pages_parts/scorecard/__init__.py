"""Parts of the page Scorecard: names of scores, the table that can be edited, files."""
