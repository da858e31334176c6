"""Staff of the Back Office: members, sessions, the audit record."""
