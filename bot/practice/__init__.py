"""A Telegram of our own on this machine: to try the bot, to train staff, to test. A fake of the Bot API."""
