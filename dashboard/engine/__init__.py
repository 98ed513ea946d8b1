"""The engine of the app: choices in, answers out. No page and no solara here."""
