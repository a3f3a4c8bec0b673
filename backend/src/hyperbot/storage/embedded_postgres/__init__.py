"""embedded_postgres: a data directory in, the address of a PostgreSQL with pgvector in it out."""
