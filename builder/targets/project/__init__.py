"""What people bring: the files in which a Python project says what it needs, one module a format."""
