"""Parts of the page Intentions: rows of surveys, their figure, what people say and what they do."""
