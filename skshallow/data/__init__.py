"""What the user passed, turned into blocks of rows."""
