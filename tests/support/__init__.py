"""What tests share: a PostgreSQL of their own, valid records, a browser."""
