"""What comes from files and goes into them: tables that are loaded, backups, photos, the sample."""
