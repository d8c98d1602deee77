"""All SQL: one set of statements for SQLite and PostgreSQL, with the migrations that lay the tables."""
