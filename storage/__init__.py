"""What is true: one noun to a file, its table on top, its questions and changes below. The system of record."""
