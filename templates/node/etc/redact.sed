s/(tskey|hskey)-[A-Za-z0-9_-]+/\1-REDACTED/g
s/eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/JWT-REDACTED/g
s/(token=|[Tt]oken |[Bb]earer )[0-9A-Za-z%._~+/=-]{8,}/\1REDACTED/g
s/(:\/\/[^/@:[:space:]]*:)[^/@[:space:]]+@/\1REDACTED@/g
