"""What whoever runs the bot needs: start-up, health, metrics, backup, dead letters, logs, shutdown."""
