"""What the service keeps: tables in SQLite or PostgreSQL, bytes in a folder beside them."""
