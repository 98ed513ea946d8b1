"""What surrounds every page: layout, navigation, language, theme, the URL, undo, and the session of a tab."""
