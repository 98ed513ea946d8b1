"""The web app: pages, components, the messages in three languages, the engine behind them, the server."""
