"""The ledger in PostgreSQL and in Spark: `make test-engines`."""
