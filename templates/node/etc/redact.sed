s/(tskey|hskey)-[A-Za-z0-9_-]+/\1-REDACTED/g
s/(token=|[Tt]oken )[0-9A-Za-z%._~-]{8,}/\1REDACTED/g
