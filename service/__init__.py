"""The service: SQL, REST, search and the dashboard. Never imports torch at module level."""
